-- The value of a run's portfolio on each session up to its own, by the newest run of it that is not of a past session.
select runs.session, runs.value, runs.benchmark_day
from runs as own
join runs on runs.portfolio = own.portfolio and not runs.historical
    and runs.session <= own.session and runs.started_at <= own.started_at
    and runs.status <> 'failed' and runs.value > 0
where own.run_id = $run_id and not own.historical
qualify row_number() over (partition by runs.session order by runs.started_at desc) = 1
order by runs.session desc
limit 260;
