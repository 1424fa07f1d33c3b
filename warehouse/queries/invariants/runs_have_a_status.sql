-- A run is running, or has ended with an outcome and an instant.
select format('the run {} is {}, finished {}', run_id, status, coalesce(finished_at::varchar, 'never')) as offence
from runs
where status not in ('running', 'failed', 'held', 'partial', 'recommended', 'no_action')
   or (status = 'running') <> (finished_at is null)
