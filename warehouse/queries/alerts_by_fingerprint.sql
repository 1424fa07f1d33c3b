select * from alert_states where fingerprint in (select unnest($fingerprints::varchar[])) order by fired_at, symbol
