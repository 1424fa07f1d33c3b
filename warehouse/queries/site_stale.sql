-- The newest daily runs of which the ledger has entries after $seq, or in whose sessions alerts have begun or
-- ended since then or entries after $seq are about alerts; of at most $most.
with changed as (
    select portfolio, session
    from alert_portfolios join alert_states using (fingerprint)
    where fingerprint in (select subject from ledger where seq > $seq)
        or coalesce(resolved_at, fired_at) > (select "at" from ledger where seq = $seq)
)
select run_id from runs
where flow = 'daily' and (
    run_id in (select subject from ledger where seq > $seq)
    or exists (from changed where changed.portfolio = runs.portfolio and changed.session = runs.session)
)
order by started_at desc, rowid desc
limit $most;
