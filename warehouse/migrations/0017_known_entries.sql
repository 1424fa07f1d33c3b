-- How many entries of the ledger were made when a run's holdings were read: later fills it does not know of. Null in the
-- runs of before.
alter table runs add column known_entries bigint;
