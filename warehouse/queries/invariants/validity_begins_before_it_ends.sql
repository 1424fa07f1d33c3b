-- A version is known for some time: known_from lies before known_to.
select format('the bar of {} on {} from {} is known from {} to {}', symbol, session, source, known_from, known_to) as offence
from bars where known_to <= known_from
union all
select format('the minute {} of {} from {} is known from {} to {}', instant, symbol, source, known_from, known_to)
from minutes where known_to <= known_from
union all
select format('the {} of {} on {} from {} is known from {} to {}', kind, symbol, ex_date, source, known_from, known_to)
from actions where known_to <= known_from
