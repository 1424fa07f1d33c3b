-- No primary keys on the large tables: they double the load time. Uniqueness is kept by the merge and proven by checks.
create table bars (
    source varchar not null, symbol varchar not null, session date not null,
    open double, high double, low double, close double not null, volume double,
    batch_id varchar not null, known_from timestamp not null, known_to timestamp
);
create table actions (
    source varchar not null, symbol varchar not null, ex_date date not null, kind varchar not null,
    value double not null, derived boolean not null,
    batch_id varchar not null, known_from timestamp not null, known_to timestamp
);
create table vendor_adjusted (
    source varchar not null, symbol varchar not null, session date not null, adj_close double, batch_id varchar not null
);
create table quarantine (
    batch_id varchar not null, source varchar not null, table_name varchar not null,
    symbol varchar, session date, rule varchar not null, value double,
    open double, high double, low double, close double, volume double
);
create table batches (
    batch_id varchar primary key, source varchar not null, symbols varchar[] not null,
    range_start date, range_end date not null, fetched_at timestamp not null, digest varchar not null,
    rows_delivered bigint not null, rows_new bigint not null, rows_restated bigint not null,
    rows_quarantined bigint not null, errors json not null, held varchar,
    returns varchar not null, illustration varchar, known_from timestamp
);
create table runs (
    run_id varchar primary key, flow varchar not null, portfolio varchar not null, session date not null,
    source varchar not null, historical boolean not null, batch_id varchar, known_at timestamp,
    started_at timestamp not null, heartbeat timestamp not null, finished_at timestamp, owner varchar not null,
    status varchar not null, error varchar, config json not null, settings json not null, versions json not null,
    kill_switch varchar, value double, cash double, benchmark_day double, benchmark_month double,
    panel_digest varchar, stale varchar[], docs varchar, url varchar
);
create table drift (
    run_id varchar not null, ordinal integer not null, level varchar not null, key varchar not null,
    target double, actual double, drift double, band double, breached boolean not null
);
create table volatility (
    run_id varchar not null, ordinal integer not null, symbol varchar not null, estimator varchar not null,
    "window" integer, annualised double
);
create table signals (
    run_id varchar not null, ordinal integer not null, symbol varchar not null, signal varchar not null,
    value double, action varchar
);
create table trades (
    run_id varchar not null, ordinal integer not null, symbol varchar not null, side varchar not null,
    quantity double not null, limit_price double not null, notional double not null,
    weight_before double, weight_after double, trigger varchar not null, rule varchar not null,
    reason varchar not null, expires timestamp not null, cost double, status varchar not null, held_because varchar
);
create table checks (
    run_id varchar not null, ordinal integer not null, "check" varchar not null, scope varchar not null,
    value double, "limit" double, status varchar not null, rule varchar not null
);
create table alerts (
    run_id varchar not null, ordinal integer not null, kind varchar not null, symbol varchar not null,
    severity varchar not null, "at" varchar not null, move double, detail varchar not null, confirmed boolean not null
);
create table notices (
    key varchar primary key, run_id varchar not null, channel varchar not null, portfolio varchar not null,
    session date not null, kind varchar not null, payload varchar not null, state varchar not null,
    owner varchar, lease_until timestamp, sending_at timestamp, attempts integer not null,
    channel_id varchar, message_ts varchar, error varchar, created_at timestamp not null, updated_at timestamp not null
);
create table run_notices (run_id varchar not null, key varchar not null);
