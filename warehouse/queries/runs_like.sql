-- Runs whose id begins with a text, newest first.
select run_id from runs where starts_with(run_id, $prefix) order by started_at desc, run_id;
