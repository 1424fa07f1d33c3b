-- A run's batch exists, and what the run knew is what was known when a batch had come in.
select format('the run {} names the batch {}, which does not exist', run_id, batch_id) as offence
from runs anti join batches using (batch_id) where batch_id is not null
union all
select format('the run {} knew what was known at {}: no batch became known then', run_id, known_at)
from runs
where known_at is not null and known_at not in (select known_from from batches where known_from is not null)
