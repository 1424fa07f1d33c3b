-- Of each earlier session of a portfolio the newest finished run that was not for study, newest session first, and this
-- run itself: whether a risk limit held a trade of it (with accounts: and no trade was left). Data, the kill switch and
-- the window of a wash sale hold for their own time only.
select
    run_id, session, started_at,
    exists (
        select 1 from trades join checks using (run_id)
        where trades.run_id = runs.run_id and trades.status = 'held' and checks.status = 'block'
            and checks."check" not in ('data', 'kill_switch', 'wash_sale')
            and (
                trades.accounts is null
                or not exists (select 1 from trades as t where t.run_id = runs.run_id and t.status = 'proposed')
            )
            and (checks.scope in (trades.symbol, 'portfolio') or contains(checks.scope, ' '))
    ) as blocked
from runs
where run_id = $run_id or (
    flow = 'daily' and portfolio = $portfolio and session < $session and not historical
    and status not in ('running', 'failed') and controls is not null
)
qualify row_number() over (partition by session order by finished_at desc, started_at desc, rowid desc) = 1
order by session desc
limit 100;
