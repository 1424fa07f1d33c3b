-- Keep every rejected row whole, with the rule that it broke, in words too, the value seen, and the repair where one is
-- certain.
insert into quarantine by name
select
    $batch_id as batch_id, $source as source, rejected.table_name, rejected.symbol, rejected.session, rejected.rule,
    rejected.words, rejected.value, bars.open, bars.high, bars.low, bars.close, bars.volume,
    actions.kind, actions.value as amount, actions.derived,
    case rejected.rule when bars.fault then bars.proposed when actions.fault then actions.proposed end as proposed
from staging.rejected
left join staging.bars as bars on rejected.table_name = 'bars' and bars.row_id = rejected.row_id
left join staging.actions as actions on rejected.table_name = 'actions' and actions.row_id = rejected.row_id
where rejected.table_name in ('bars', 'actions');
