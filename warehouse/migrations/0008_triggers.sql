-- Every rule that may call for a rebalance, fired or not, and the last rebalance that a run counted its cooldown from.
create table triggers (
    run_id varchar not null, ordinal integer not null, trigger varchar not null, scope varchar not null,
    value double, "limit" double, fired boolean not null, rule varchar not null
);
alter table runs add column last_rebalance date;
