-- The alerts whose fingerprints begin so.
select * from alert_states where starts_with(fingerprint, $beginning) order by fired_at, symbol
