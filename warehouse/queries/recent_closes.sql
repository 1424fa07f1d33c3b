-- The newest accepted closes of each asked symbol before its first delivered session, for the move bound and for repeated closes, and all from
-- there to its last one, which tell the level that was believed. Not older than $since: without a floor, the longer the
-- history, the longer a day's increment would take.
select bars.symbol, bars.session, bars.close, bars.volume
from prices_asof($known_at::timestamp) as bars
join asked on asked.symbol = bars.symbol and bars.session <= asked.last_session
where bars.source = $source and bars.session >= $since::date
qualify bars.session >= asked.first_session
    or row_number() over (partition by bars.symbol, bars.session < asked.first_session order by bars.session desc) <= $count
order by bars.symbol, bars.session;
