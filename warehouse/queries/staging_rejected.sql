-- What the suites rejected, but for what a fault rule had found before.
select table_name, symbol, session, rule, value from rejected
where rule not in (select fault from bars where fault is not null union select fault from actions where fault is not null)
order by all;
