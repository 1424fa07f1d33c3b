-- Daily runs, of one portfolio and session or of all, newest first, and which run has replaced each.
select
    run_id, portfolio, session, status, historical, started_at,
    (
        select arg_max(json_extract_string(payload, '$.by_run'), seq) from ledger
        where kind = 'supersession' and subject = runs.run_id
    ) as superseded_by
from runs
where flow = 'daily' and ($portfolio is null or portfolio = $portfolio)
    and ($session::date is null or session = $session::date)
order by started_at desc, rowid desc;
