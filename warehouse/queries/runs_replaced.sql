-- The runs that a run replaces, oldest first: those before it of its portfolio that have ended, that nothing has replaced,
-- and that are the newest such or have an order that has not expired. A run for study replaces those for study of its own
-- session; a failed one is replaced only where it left orders.
with me as (select *, rowid as place from runs where run_id = $run_id),
earlier as (
    select runs.run_id, runs.started_at, runs.rowid as place, runs.status,
        exists (
            select 1 from trades
            where trades.run_id = runs.run_id and trades.status = 'proposed' and trades.expires > $now::timestamp
        ) as waiting
    from runs join me on runs.portfolio = me.portfolio and runs.historical = me.historical
    where runs.flow = 'daily' and runs.status <> 'running'
        and (runs.session = me.session or (not me.historical and runs.session < me.session))
        and (runs.started_at < me.started_at or (runs.started_at = me.started_at and runs.rowid < me.place))
        and not exists (select 1 from ledger where kind = 'supersession' and subject = runs.run_id)
)
select run_id from earlier
where status <> 'failed' or waiting
qualify waiting or row_number() over (order by started_at desc, place desc) = 1
order by started_at, place;
