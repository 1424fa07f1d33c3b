-- How often each field differs between the versions of a bar that ended and began at an instant.
select
    count(*) filter (differs(ended.open, begun.open)) as open,
    count(*) filter (differs(ended.high, begun.high)) as high,
    count(*) filter (differs(ended.low, begun.low)) as low,
    count(*) filter (differs(ended.close, begun.close)) as close,
    count(*) filter (differs(ended.volume, begun.volume)) as volume
from bars as ended
join bars as begun using (source, symbol, session)
where source = $source and ended.known_to = $known_at::timestamp and begun.known_from = $known_at::timestamp;
