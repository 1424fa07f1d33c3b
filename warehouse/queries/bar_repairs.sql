-- The values of a bar, and of the actions of its day, that were repaired: as they came and as they are used.
select repairs.kind, field, original, repaired, min(fetched_at) as since
from repairs
join batches using (batch_id, source)
where source = $source and symbol = $symbol and session = $session::date
group by all
order by since, field;
