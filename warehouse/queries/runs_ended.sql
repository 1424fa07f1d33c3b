-- Each run that has ended since there is a ledger.
select * from runs where status <> 'running' and entry is not null;
