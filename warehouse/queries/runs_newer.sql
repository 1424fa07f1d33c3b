-- The runs after a run that replace it, or would have: of its portfolio, ended well, the newest first.
with me as (select *, rowid as place from runs where run_id = $run_id)
select runs.run_id
from runs join me on runs.portfolio = me.portfolio and runs.historical = me.historical
where runs.flow = 'daily' and runs.status not in ('running', 'failed')
    and (runs.session = me.session or (not me.historical and runs.session > me.session))
    and (runs.started_at > me.started_at or (runs.started_at = me.started_at and runs.rowid > me.place))
order by runs.started_at desc, runs.rowid desc;
