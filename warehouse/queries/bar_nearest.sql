-- The sessions around a day of which something is stored of a symbol: the last before it, then the first behind it.
select session
from (
    select symbol, session, source from bars union all select symbol, session, source from quarantine
) where symbol = $symbol and session <> $session::date and ($source is null or source = $source)
group by session
qualify session = max(session) filter (session < $session::date) over ()
    or session = min(session) filter (session > $session::date) over ()
order by session;
