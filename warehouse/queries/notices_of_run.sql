select n.*
from run_notices as r
join notices as n on n.key = r.key
where r.run_id = $run_id
order by n.created_at, n.key
