select * from alert_portfolios
where fingerprint in (select unnest($fingerprints::varchar[]))
order by fingerprint, portfolio
