-- The bars of a window as known, placed by row (session) and column (symbol).
select
    days.ordinal as "row", asked.ordinal as "column", bars.open, bars.high, bars.low, bars.close, bars.volume
from prices_asof($known_at::timestamp) as bars
join asked using (symbol, source)
join days using (session)
where bars.session between $first::date and $last::date;
