-- The newest daily runs of which the ledger has entries after $seq, of at most $most.
select run_id from runs
where flow = 'daily' and run_id in (select subject from ledger where seq > $seq)
order by started_at desc, rowid desc
limit $most;
