-- The highest instant at which anything became known.
select max(known_from) as known_at from batches;
