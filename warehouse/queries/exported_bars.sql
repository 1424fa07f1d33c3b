-- The bars of the asked symbols as known, as traded.
select symbol, session, open, high, low, close, volume
from prices_asof($known_at::timestamp) as bars
join asked using (symbol)
where bars.source = $source
order by symbol, session;
