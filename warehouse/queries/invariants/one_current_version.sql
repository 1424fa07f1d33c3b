-- A source has at most one current version of each bar and action, and one adjusted close.
select format('{} current versions of the bar of {} on {} from {}', count(*), symbol, session, source) as offence
from bars where known_to is null group by source, symbol, session having count(*) > 1
union all
select format('{} current versions of the {} of {} on {} from {}', count(*), kind, symbol, ex_date, source)
from actions where known_to is null group by source, symbol, ex_date, kind having count(*) > 1
union all
select format('{} adjusted closes of {} on {} from {}', count(*), symbol, session, source)
from vendor_adjusted group by source, symbol, session having count(*) > 1
