-- Keep every rejected minute bar as it came, with the rule that it broke and the value seen.
insert into rejected_minutes by name
select
    $batch_id as batch_id, $source as source, minutes.symbol, minutes.session, instant, rule, words, value,
    open, high, low, close, volume
from staging.rejected as rejected
join staging.minutes as minutes using (row_id)
where rejected.table_name = 'minutes';
