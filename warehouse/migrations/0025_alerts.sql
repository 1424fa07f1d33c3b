-- An alert is one thing with one life: who was told, who has acknowledged it, when it was over.
create table alert_states (
    fingerprint varchar not null, kind varchar not null, symbol varchar not null, session date not null,
    "at" varchar not null, severity varchar not null, state varchar not null, confirmed boolean not null,
    detail varchar not null, move double, depth double, recovered double, vetoes varchar[] not null,
    fired_at timestamp not null, acknowledged_at timestamp, acknowledged_by varchar, resolved_at timestamp
);
create table alert_tests (fingerprint varchar not null, test varchar not null, value double);
create table alert_portfolios (
    fingerprint varchar not null, portfolio varchar not null, run_id varchar, told_at timestamp, muted varchar
);
