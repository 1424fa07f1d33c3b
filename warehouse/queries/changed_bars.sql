-- How many bars of some symbols a batch has stored, and how many of these restate an earlier version.
select
    count(*) as stored,
    count(*) filter (exists (
        from bars as ended
        where ended.source = begun.source and ended.symbol = begun.symbol and ended.session = begun.session
          and ended.known_to = begun.known_from
    )) as restated
from bars as begun
where begun.known_from = $known_from::timestamp and begun.batch_id = $batch_id
  and list_contains($symbols, begun.symbol);
