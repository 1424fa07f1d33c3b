-- The messages whose keys begin so.
select n.*
from notices as n
where starts_with(n.key, $key)
order by n.key
