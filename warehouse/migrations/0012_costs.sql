-- What a trade is estimated to cost, the lots that a sale takes, and its tax, as JSON; null in the runs of before.
alter table trades add column costs varchar;
alter table trades add column lots varchar;
alter table trades add column tax varchar;
-- How the trades were found; none in the runs of before.
create table construction (
    run_id varchar not null, ordinal integer not null, method varchar not null, status varchar not null,
    conflict varchar, fallback varchar
);
