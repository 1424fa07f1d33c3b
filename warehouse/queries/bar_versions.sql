-- Every version of one bar, by source and age, with the batch that brought it and who accepted it, where people did.
select
    bars.source, open, high, low, close, volume, bars.known_from, known_to, bars.batch_id, fetched_at, digest,
    (select any_value(decided_by || ': ' || reason) from decisions
        where decisions.batch_id = bars.batch_id and decisions.symbol = bars.symbol
          and decisions.session = bars.session) as accepted
from bars
join batches using (batch_id)
where symbol = $symbol and session = $session::date and ($source is null or bars.source = $source)
order by bars.source, bars.known_from;
