-- The newest run of a run's portfolio before it whose digest reached somebody; historical ones among themselves.
select runs.run_id, runs.session
from runs as own
join runs on runs.portfolio = own.portfolio and runs.historical = own.historical and runs.started_at < own.started_at
join run_notices on run_notices.run_id = runs.run_id
join notices on notices.key = run_notices.key and notices.kind = 'digest' and notices.state in ('sent', 'preview')
where own.run_id = $run_id
order by runs.started_at desc
limit 1;
