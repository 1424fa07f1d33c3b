-- The last daily run of each session of a portfolio that did not fail.
select session, arg_max(run_id, row(started_at, rowid)) as run_id
from runs
where flow = 'daily' and status not in ('running', 'failed') and portfolio = $portfolio
    and session between $since::date and $until::date
group by session
order by session;
