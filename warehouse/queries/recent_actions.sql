-- The actions of the asked symbols within a window (its first day counts for nothing before it), as known, by column.
select asked.ordinal as "column", actions.ex_date, actions.kind, actions.value, coalesce(actions.derived, false) as derived
from actions_asof($known_at::timestamp) as actions
join asked using (symbol, source)
where actions.ex_date > $first::date and actions.ex_date <= $last::date
order by actions.symbol, actions.ex_date, actions.kind;
