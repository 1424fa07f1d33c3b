-- The drifts up to a run's session of the $most instruments that are furthest out in it, by the newest run of each session
-- that is not of a past one.
with days as (
    select runs.run_id, runs.session
    from runs as own
    join runs on runs.portfolio = own.portfolio and not runs.historical
        and runs.session <= own.session and runs.started_at <= own.started_at and runs.status <> 'failed'
    where own.run_id = $run_id and not own.historical
    qualify row_number() over (partition by runs.session order by runs.started_at desc) = 1
    order by runs.session desc
    limit 260
), furthest as (
    select key, row_number() over (order by abs(drift) / band desc, key) as place
    from drift
    where run_id = $run_id and level = 'instrument' and drift is not null and not isnan(drift) and band > 0
    qualify place <= $most
)
select days.session, drift.key as symbol, drift.drift, drift.band
from days
join drift on drift.run_id = days.run_id and drift.level = 'instrument'
join furthest using (key)
where drift.drift is not null and not isnan(drift.drift) and drift.band > 0
order by days.session, furthest.place;
