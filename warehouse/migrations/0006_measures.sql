-- What a run measured, and on how many sessions: a later version measures more, and replays what the run knew then.
alter table runs add column panel_sessions integer;
alter table runs add column measures varchar[];
update runs set panel_sessions = 502, measures = found.names
from (
    select run_id, list(distinct name order by name) as names
    from (select run_id, estimator as name from volatility union all select run_id, signal as name from signals)
    group by run_id
) found
where runs.run_id = found.run_id;
