-- The digests that newer runs of a run's portfolio and session wanted told.
select notices.key
from runs as own
join runs on (runs.portfolio, runs.session) = (own.portfolio, own.session) and runs.started_at > own.started_at
join run_notices on run_notices.run_id = runs.run_id
join notices on notices.key = run_notices.key and notices.kind = 'digest' and notices.channel = $channel
where own.run_id = $run_id
