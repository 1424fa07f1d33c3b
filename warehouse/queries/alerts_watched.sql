-- How portfolios stand to the alerts of a session that the watch saw.
select alert_portfolios.*
from alert_portfolios join alert_states using (fingerprint)
where session = $session and run_id is null and portfolio in (select unnest($portfolios::varchar[]))
    and kind in ('flash_crash', 'market_wide')
order by fingerprint, portfolio
