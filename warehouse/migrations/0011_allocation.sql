-- The weights in force where a model tilts around the strategic ones; a run of before, or of fixed weights, has none.
create table allocation (
    run_id varchar not null, ordinal integer not null, symbol varchar not null,
    strategic double, target double
);
alter table runs add column allocation_fitted_on date;
alter table runs add column allocation_reason varchar;
