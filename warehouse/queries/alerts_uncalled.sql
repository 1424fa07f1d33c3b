-- The portfolios that were told of a critical alert which nobody looks after, the longest ago first. Of what the watch
-- sees only what is confirmed calls people: most of the others are wrong prices.
select alert_portfolios.*
from alert_portfolios join alert_states using (fingerprint)
where state = 'firing' and severity = 'critical' and told_at is not null
    and (confirmed or kind not in ('flash_crash', 'market_wide'))
    and coalesce(called, '') <> 'risk'
order by told_at, fingerprint, portfolio
