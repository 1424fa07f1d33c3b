create table bars (
    row_id bigint, symbol varchar, session date, open double, high double, low double, close double, volume double,
    copies bigint, reference_close double, reference_sigma double, busy bigint, fault varchar, fault_value double,
    proposed varchar
);
create table minutes (
    row_id bigint, symbol varchar, session date, instant timestamp, open double, high double, low double, close double,
    volume double, split double, copies bigint
);
create table hours (calendar varchar, session date, begins timestamp, ends timestamp);
create table actions (
    row_id bigint, symbol varchar, ex_date date, kind varchar, value double, derived boolean,
    fault varchar, fault_value double, proposed varchar
);
create table repairs (
    table_name varchar, symbol varchar, session date, kind varchar, field varchar, original double, repaired double,
    row_id bigint
);
create table differences (symbol varchar, session date, kind varchar, value double);
create table adjusted (symbol varchar, session date, adj_close double);
create table coverage (
    row_id bigint, symbol varchar, calendar varchar, session date, last_session date, "rows" bigint
);
create table calendar (calendar varchar, session date);
create table begins (calendar varchar, session date);
create table batch (record varchar);
create table rejected (
    table_name varchar, row_id bigint, symbol varchar, session date, rule varchar, value double, words varchar
);
create table accepted (table_name varchar, row_id bigint);
create view off_level as select distinct symbol from rejected where rule in ('restated_by_factor', 'split_ahead_of_prices');
