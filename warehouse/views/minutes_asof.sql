-- The minute bars as they were known at one instant: as traded, every source.
create or replace macro minutes_asof(instant_known) as table
select source, symbol, session, instant, open, high, low, close, volume, split, batch_id, known_from
from minutes
where known_from <= instant_known and (known_to is null or known_to > instant_known);
