-- The entry of each run that has ended since there is a ledger.
select run_id, entry from runs where status <> 'running' and entry is not null;
