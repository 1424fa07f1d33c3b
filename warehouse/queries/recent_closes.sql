-- The newest accepted closes of each asked symbol before its first delivered session, for the move bound.
select bars.symbol, bars.session, bars.close
from prices_asof($known_at::timestamp) as bars
join asked on asked.symbol = bars.symbol and bars.session < asked.first_session
where bars.source = $source
qualify row_number() over (partition by bars.symbol order by bars.session desc) <= $count
order by bars.symbol, bars.session;
