-- The newest run that wanted a message to be told.
select run_notices.run_id from run_notices join runs using (run_id)
where run_notices.key = $key order by runs.started_at desc, run_id desc limit 1;
