-- The sessions around a day of which something is stored of a symbol.
select max(session) filter (session < $session::date) as before, min(session) filter (session > $session::date) as after
from (
    select symbol, session, source from bars union all select symbol, session, source from quarantine
) where symbol = $symbol and ($source is null or source = $source);
