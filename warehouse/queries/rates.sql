-- The newest accepted close of each asked rate up to a session, as known.
select bars.symbol, bars.session, bars.close
from prices_asof($known_at::timestamp) as bars
join asked using (symbol, source)
where bars.session <= $session::date
qualify row_number() over (partition by bars.symbol order by bars.session desc) = 1
order by asked.ordinal;
