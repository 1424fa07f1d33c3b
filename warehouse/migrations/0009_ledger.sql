-- What happened, in the order in which it did, each entry with the hash of the one before: added to, never changed.
create table ledger (
    seq bigint not null, "at" timestamp not null, kind varchar not null, subject varchar not null,
    payload varchar not null, previous varchar not null, hash varchar not null
);
-- How long the chain is and where it ends, so that a cut end shows.
create table ledger_head (seq bigint not null, hash varchar not null);
-- The entry of a run's end; none for a run that ended before there was a ledger.
alter table runs add column entry varchar;
alter table runs add column portfolio_file varchar;
