-- The actions of the asked symbols up to a day, as known.
select actions.symbol, actions.ex_date, actions.kind, actions.value
from actions_asof($known_at::timestamp) as actions
join asked using (symbol)
where actions.source = $source and actions.ex_date <= $session::date
order by actions.symbol, actions.ex_date, actions.kind;
