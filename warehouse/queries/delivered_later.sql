-- The newest that a source delivered at an instant or after it; other parts of the same delivery do not count.
-- What was held counts too: a run has worked without it, and its replay must.
select greatest(known_from, fetched_at) as delivered_at
from batches
where source = $source and interval = '1d'
  and greatest(known_from, fetched_at) >= $known_at::timestamp
  and not (digest = $digest and fetched_at = $known_at::timestamp)
order by delivered_at desc
limit 1;
