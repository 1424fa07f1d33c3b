-- Where the portfolio's volatility comes from, and what a signal says in a word; null in the runs of before.
create table risk (
    run_id varchar not null, ordinal integer not null, symbol varchar not null,
    weight double, marginal double, contribution double, share double
);
alter table runs add column risk_volatility double;
alter table signals add column label varchar;
