-- The sessions of which a daily run that did not fail wanted a digest delivered: a study without messages is none.
select distinct runs.portfolio, runs.session
from runs
join run_notices on run_notices.run_id = runs.run_id
join notices on notices.key = run_notices.key and notices.kind = 'digest'
where runs.flow = 'daily' and runs.status not in ('running', 'failed')
order by runs.portfolio, runs.session;
