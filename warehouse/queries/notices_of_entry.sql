select n.*
from notices as n
where n.entry = $entry
order by n.created_at, n.key
