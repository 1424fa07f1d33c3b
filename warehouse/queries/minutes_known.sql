-- The minute bars of some symbols and a range of sessions as they were known at one instant, in order.
select symbol, session, instant, open, high, low, close, volume, split
from minutes_asof($known_at::timestamp)
where source = $source and list_contains($symbols, symbol) and session between $first::date and $last::date
order by symbol, instant;
