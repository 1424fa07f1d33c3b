-- The fetches of one run: its source's first, then those of its fallback, in the order in which they were asked.
select *
from batches
where is_of_run(batch_id, $run_id)
order by batch_number(batch_id, $run_id);
