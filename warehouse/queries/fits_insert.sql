insert into fits by name
select *, $now::timestamp as made_at from incoming anti join fits using (symbol, asymmetry, returns, made_with);
