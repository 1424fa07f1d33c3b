-- The symbols of a loaded delivery that are known from its instant.
select distinct unnest(symbols) as symbol
from batches
where source = $source and digest = $digest and known_from = $known_at::timestamp;
