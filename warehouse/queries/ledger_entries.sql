-- The entries of some kinds and one subject (or of all) behind a place, in order.
select * from ledger
where ($kinds is null or list_contains($kinds, kind)) and ($subject is null or subject = $subject)
    and seq > $since
order by seq;
