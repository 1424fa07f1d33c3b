-- The runs that have ended since there is a ledger.
select * from runs where status <> 'running' and entry is not null order by run_id;
