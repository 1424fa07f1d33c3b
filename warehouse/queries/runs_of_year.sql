-- The runs of a year: by their session or by when they were started.
select run_id from runs
where year(session) = $year or year(started_at) = $year
order by started_at, run_id;
