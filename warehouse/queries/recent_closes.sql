-- The newest accepted closes of each asked symbol before its first delivered session, for the move bound, and the
-- newest of the others, which tells the level that was believed. Not older than $since: without a floor, the longer the
-- history, the longer a day's increment would take.
select bars.symbol, bars.session, bars.close
from prices_asof($known_at::timestamp) as bars
join asked on asked.symbol = bars.symbol
where bars.source = $source and bars.session >= $since::date
qualify row_number() over (partition by bars.symbol, bars.session < asked.first_session order by bars.session desc)
    <= if(bars.session < asked.first_session, $count, 1)
order by bars.symbol, bars.session;
