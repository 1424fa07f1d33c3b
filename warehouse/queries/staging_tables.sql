create table bars (
    row_id bigint, symbol varchar, session date, open double, high double, low double, close double, volume double,
    reference_close double, reference_sigma double
);
create table actions (
    row_id bigint, symbol varchar, ex_date date, kind varchar, value double, derived boolean
);
create table adjusted (symbol varchar, session date, adj_close double);
create table coverage (row_id bigint, symbol varchar, session date, last_session date, "rows" bigint);
create table calendar (session date);
create table batch (record varchar);
create table rejected (
    table_name varchar, row_id bigint, symbol varchar, session date, rule varchar, value double
);
