-- The actions of a symbol from a session on, as they are known now.
select ex_date, kind, value, derived
from actions
where source = $source and symbol = $symbol and ex_date >= $session::date and known_to is null
order by ex_date, kind;
