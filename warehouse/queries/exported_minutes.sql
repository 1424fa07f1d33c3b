-- The minute bars of the asked symbols as known, as traded; their instants are UTC.
select symbol, instant, open, high, low, close, volume, split
from minutes_asof($known_at::timestamp) as minutes
join asked using (symbol)
where minutes.source = $source
order by symbol, instant;
