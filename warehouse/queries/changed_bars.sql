-- How many bars of some symbols a batch has stored, and how many of these restate an earlier version. What ended at that
-- instant is found by the instant alone, which DuckDB looks up: a search by symbol and session would read every bar.
with ended as (select source, symbol, session from bars where known_to = $known_from::timestamp)
select count(*) as stored, count(ended.symbol) as restated
from bars as begun
left join ended
    on ended.source = begun.source and ended.symbol = begun.symbol and ended.session = begun.session
where begun.known_from = $known_from::timestamp and begun.batch_id = $batch_id
  and begun.symbol in (select unnest($symbols));
