-- The sources whose daily bars (or minute bars) are stored, and since when.
select source, min(known_from) as since
from batches
where known_from is not null and interval = $interval
group by source
order by source;
