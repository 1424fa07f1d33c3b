-- Every message: what is not delivered first, in the order in which it goes out, then the others, the newest first.
select n.*
from notices as n
order by state in ('sent', 'preview', 'superseded', 'dropped'),
    case when state in ('sent', 'preview', 'superseded', 'dropped') then -epoch_us(n.created_at) else epoch_us(n.created_at) end,
    n.key
