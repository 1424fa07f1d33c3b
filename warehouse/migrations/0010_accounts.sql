-- What accounts that follow one portfolio hold, by digest, and what a run found of each: by account, in order.
create table account_holdings (
    digest varchar not null, ordinal integer not null, account varchar not null, symbol varchar not null,
    quantity double not null, cost_basis double, acquired date
);
create table accounts (
    run_id varchar not null, ordinal integer not null, account varchar not null, value double, cash double,
    turnover double, status varchar not null
);
create table account_drift (
    run_id varchar not null, ordinal integer not null, account varchar not null, level varchar not null,
    key varchar not null, target double, actual double, drift double, band double, breached boolean not null
);
create table account_trades (
    run_id varchar not null, ordinal integer not null, account varchar not null, symbol varchar not null,
    side varchar not null, quantity double not null, limit_price double not null, notional double not null,
    weight_before double, weight_after double, trigger varchar not null, expires timestamp not null, cost double,
    status varchar not null, held_by varchar
);
create table account_checks (
    run_id varchar not null, ordinal integer not null, account varchar not null, "check" varchar not null,
    scope varchar not null, value double, "limit" double, status varchar not null
);
-- In how many accounts an order of a portfolio with accounts is; null in any other.
alter table trades add column accounts integer;
