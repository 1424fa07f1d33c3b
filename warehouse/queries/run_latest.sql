-- The newest finished daily run, of one portfolio or of any.
select run_id from runs
where flow = 'daily' and status not in ('running', 'failed') and ($portfolio is null or portfolio = $portfolio)
order by finished_at desc, started_at desc, rowid desc limit 1;
