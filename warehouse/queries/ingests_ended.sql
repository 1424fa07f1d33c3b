-- The runs that fetched for several portfolios and ended well, of those that bear a mark in their names.
select run_id, source, session, config, started_at from runs
where flow = 'ingest' and status = 'no_action' and contains(run_id, $mark)
order by started_at, run_id;
