-- A version ends at the instant at which another batch became known.
select format('the bar of {} on {} from {} ends at {}: no batch became known then', symbol, session, source, known_to) as offence
from bars where known_to is not null and known_to not in (select known_from from batches where known_from is not null)
union all
select format('the minute {} of {} from {} ends at {}: no batch became known then', instant, symbol, source, known_to)
from minutes where known_to is not null and known_to not in (select known_from from batches where known_from is not null)
union all
select format('the {} of {} on {} from {} ends at {}: no batch became known then', kind, symbol, ex_date, source, known_to)
from actions where known_to is not null and known_to not in (select known_from from batches where known_from is not null)
