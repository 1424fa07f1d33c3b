-- Keep every rejected row whole and as the vendor told it, with the rule that it broke, in words too, the value seen, and
-- the repair where one is certain, also where the row was rejected as repaired.
insert into quarantine by name
with told as (
    select
        table_name, row_id, json_group_object(field, repaired)::varchar as proposed,
        any_value(original) filter (field = 'open') as open, any_value(original) filter (field = 'high') as high,
        any_value(original) filter (field = 'low') as low, any_value(original) filter (field = 'close') as close,
        any_value(original) filter (field = 'volume') as volume,
        any_value(original) filter (field = 'dividend') as dividend
    from staging.repairs
    group by table_name, row_id
)
select
    $batch_id as batch_id, $source as source, rejected.table_name, rejected.symbol, rejected.session, rejected.rule,
    rejected.words, rejected.value, coalesce(told.open, bars.open) as open, coalesce(told.high, bars.high) as high,
    coalesce(told.low, bars.low) as low, coalesce(told.close, bars.close) as close,
    coalesce(told.volume, bars.volume) as volume, actions.kind, coalesce(told.dividend, actions.value) as amount,
    actions.derived,
    coalesce(
        case rejected.rule when bars.fault then bars.proposed when actions.fault then actions.proposed end, told.proposed
    ) as proposed
from staging.rejected
left join staging.bars as bars on rejected.table_name = 'bars' and bars.row_id = rejected.row_id
left join staging.actions as actions on rejected.table_name = 'actions' and actions.row_id = rejected.row_id
left join told on told.table_name = rejected.table_name and told.row_id = rejected.row_id
where rejected.table_name in ('bars', 'actions');
