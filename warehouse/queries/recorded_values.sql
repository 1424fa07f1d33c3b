-- What a portfolio was worth at the close of each session by the newest finished run, not for study, up to one run,
-- which counts itself; less what flows dated later had brought. `flows`: what all flows up to the session came to.
with own as (
    select
        run_id, session, started_at, finished_at, value, benchmark_day,
        from_json(
            coalesce(json_extract(config, '$.flow'), '[]'), '[{"date": "DATE", "amount": "DOUBLE"}]'
        ) as flows
    from runs
    where flow = 'daily' and portfolio = $portfolio and not historical and isfinite(value)
        and (run_id = $run_id or (
            session < $session::date and started_at <= $started_at::timestamp and status not in ('running', 'failed')
        ))
    qualify row_number() over (partition by session order by finished_at desc, started_at desc, rowid desc) = 1
)
select
    session,
    value - coalesce(list_sum([one.amount for one in flows if one.date > session]), 0) as value,
    coalesce(list_sum([one.amount for one in flows if one.date <= session]), 0) as flows,
    benchmark_day,
    run_id
from own
order by session;
