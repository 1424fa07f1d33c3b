-- The entries of some kinds and one subject (or of all), in order.
select * from ledger
where ($kinds is null or list_contains($kinds, kind)) and ($subject is null or subject = $subject)
order by seq;
