-- The bars as they were known at one instant: unadjusted, every source.
create or replace macro prices_asof(instant) as table
select source, symbol, session, open, high, low, close, volume, batch_id, known_from
from bars
where known_from <= instant and (known_to is null or known_to > instant);
