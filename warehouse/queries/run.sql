-- A run; `asked_at` is when its prices were asked for: at its own start, or at that of the run that fetched for it.
select runs.*, coalesce(shared.started_at, runs.started_at) as asked_at
from runs
left join runs as shared on shared.run_id = runs.ingest
where runs.run_id = $run_id;
