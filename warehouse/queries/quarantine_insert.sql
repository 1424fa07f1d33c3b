-- Keep every rejected row whole, with the rule that it broke and the value seen.
insert into quarantine by name
select
    $batch_id as batch_id, $source as source, rejected.table_name, rejected.symbol, rejected.session, rejected.rule,
    rejected.value, bars.open, bars.high, bars.low, bars.close, bars.volume
from staging.rejected
left join staging.bars as bars on rejected.table_name = 'bars' and bars.row_id = rejected.row_id
where rejected.table_name in ('bars', 'actions');
