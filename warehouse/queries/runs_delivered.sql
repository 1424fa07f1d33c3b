-- The runs whose batches asked a source for all of these symbols up to a session, the newest first.
select runs.run_id
from runs
join batches on is_of_run(batches.batch_id, runs.run_id)
where runs.session = $session::date and runs.known_at is not null and runs.ingest is null
    and batches.source = $source and batches.interval = '1d'
group by runs.run_id, runs.started_at
having list_has_all(flatten(list(batches.symbols)), $symbols)
order by runs.started_at desc, runs.run_id desc
limit 1;
