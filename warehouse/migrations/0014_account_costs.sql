-- What the trade of an account is estimated to cost, the lots that a sale takes and its tax (JSON); null in the
-- runs of before.
alter table account_trades add column commission double;
alter table account_trades add column spread double;
alter table account_trades add column impact double;
alter table account_trades add column lots varchar;
alter table account_trades add column tax varchar;
-- How the trades of each account were found, where the optimum was asked for.
create table account_construction (
    run_id varchar not null, ordinal integer not null, account varchar not null, method varchar not null,
    status varchar not null, conflict varchar, fallback varchar
);
