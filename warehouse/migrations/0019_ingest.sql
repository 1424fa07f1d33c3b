-- The run that fetched for several portfolios, where a run knows its prices from one; null where it fetched its own, as
-- the runs of before.
alter table runs add column ingest varchar;
