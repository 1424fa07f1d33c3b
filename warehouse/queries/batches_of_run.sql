-- The fetches of one run: its source's first, then those of its fallback, in the order in which they were asked.
select *
from batches
where batch_id = $run_id or starts_with(batch_id, $run_id || '-')
order by batch_id;
