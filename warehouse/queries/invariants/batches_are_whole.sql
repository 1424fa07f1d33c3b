-- A batch has stored as many bars and rejected as many rows as it says.
select format(
    'the batch {} says {} bars and {} quarantined rows, and has {} and {}', batch_id, said.rows_new + said.rows_restated,
    said.rows_quarantined, coalesce(stored.bars, 0), coalesce(rejected.rows, 0)) as offence
from batches as said
left join (
    select batch_id, count(*) as bars
    from (select batch_id from bars union all select batch_id from minutes) group by batch_id
) as stored using (batch_id)
left join (
    select batch_id, count(*) as rows
    from (select batch_id from quarantine union all select batch_id from rejected_minutes) group by batch_id
) as rejected using (batch_id)
where said.rows_new + said.rows_restated <> coalesce(stored.bars, 0)
   or said.rows_quarantined <> coalesce(rejected.rows, 0)
