-- The splits and distributions as they were known at one instant.
create or replace macro actions_asof(instant) as table
select source, symbol, ex_date, kind, value, derived, batch_id, known_from
from actions
where known_from <= instant and (known_to is null or known_to > instant);
