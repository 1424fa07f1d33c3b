-- The minute bars of some symbols and a range of sessions as they were known at one instant, in order.
select symbol, session, instant, open, high, low, close, volume, split
from minutes
where source = $source and list_contains($symbols, symbol) and session between $first::date and $last::date
  and known_from <= $known_at::timestamp and (known_to is null or known_to > $known_at::timestamp)
order by symbol, instant;
