-- A message may belong to an entry of the ledger (by its hash) instead of a run, and may answer another one.
alter table notices alter column run_id drop not null;
alter table notices add column entry varchar;
alter table notices add column parent varchar;
