-- Keep every rejected row whole and as the vendor delivered it, with the rule that it broke, in words too, the value seen, and
-- the repair where one is certain, also where the row was rejected as repaired.
insert into quarantine by name
with delivered as (
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
    rejected.words, rejected.value, coalesce(delivered.open, bars.open) as open, coalesce(delivered.high, bars.high) as high,
    coalesce(delivered.low, bars.low) as low, coalesce(delivered.close, bars.close) as close,
    coalesce(delivered.volume, bars.volume) as volume, actions.kind, coalesce(delivered.dividend, actions.value) as amount,
    actions.derived,
    coalesce(
        case rejected.rule when bars.fault then bars.proposed when actions.fault then actions.proposed end, delivered.proposed
    ) as proposed
from staging.rejected
left join staging.bars as bars on rejected.table_name = 'bars' and bars.row_id = rejected.row_id
left join staging.actions as actions on rejected.table_name = 'actions' and actions.row_id = rejected.row_id
left join delivered on delivered.table_name = rejected.table_name and delivered.row_id = rejected.row_id
where rejected.table_name in ('bars', 'actions');
