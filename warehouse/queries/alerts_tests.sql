select * from alert_tests where fingerprint in (select unnest($fingerprints::varchar[])) order by fingerprint, test
