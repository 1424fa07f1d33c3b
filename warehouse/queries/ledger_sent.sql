-- The ends of the ledger in messages that were sent, by message.
select key, regexp_extract(payload, 'ledger:? `?([0-9a-f]{64})', 1) as hash from notices
where regexp_matches(payload, 'ledger:? `?[0-9a-f]{64}');
