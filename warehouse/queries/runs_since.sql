-- The other daily runs of a portfolio that started after an instant and did not fail.
select run_id from runs
where flow = 'daily' and portfolio = $portfolio and run_id <> $run_id and started_at > $since::timestamp
    and status <> 'failed';
