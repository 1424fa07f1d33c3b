-- Every bar, minute and action came with a batch that was accepted, and was known no earlier than that.
select format(
    'the {} of {} on {} from {} names the batch {}, which {}', what, symbol, day, rows.source, rows.batch_id,
    case when batches.batch_id is null then 'does not exist' when batches.known_from is null then 'was held'
         else format('became known at {}, after {}', batches.known_from, rows.known_from) end) as offence
from (
    select 'bar' as what, source, symbol, session as day, batch_id, known_from from bars
    union all
    select format('minute {}', instant), source, symbol, session, batch_id, known_from from minutes
    union all
    select kind, source, symbol, ex_date, batch_id, known_from from actions
) as rows
left join batches using (batch_id)
where batches.known_from is null or batches.known_from > rows.known_from
