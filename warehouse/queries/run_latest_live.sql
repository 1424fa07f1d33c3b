-- The newest finished daily run of a portfolio that is not for study.
select run_id from runs
where flow = 'daily' and status not in ('running', 'failed') and not historical and portfolio = $portfolio
order by finished_at desc, started_at desc, rowid desc limit 1;
