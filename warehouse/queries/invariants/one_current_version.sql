-- A source has at most one current version of each bar, minute and action, and one adjusted close.
-- Only symbols with more rows than days can have a double; a day is a bit, those before 1970 and after 2069 share one.
with suspects as (
    select source, symbol from bars where known_to is null group by all
    having count(*) > bit_count(
        bitstring_agg(greatest(0, least(36524, session - date '1970-01-01'))::integer, 0, 36524))
)
select format('{} current versions of the bar of {} on {} from {}', count(*), symbol, session, source) as offence
from bars semi join suspects using (source, symbol)
where known_to is null group by source, symbol, session having count(*) > 1
union all
select format('{} current versions of the minute {} of {} from {}', count(*), instant, symbol, source)
from minutes where known_to is null group by source, symbol, instant having count(*) > 1
union all
select format('{} current versions of the {} of {} on {} from {}', count(*), kind, symbol, ex_date, source)
from actions where known_to is null group by source, symbol, ex_date, kind having count(*) > 1
union all
select format('{} adjusted closes of {} on {} from {}', count(*), symbol, session, source)
from vendor_adjusted group by source, symbol, session having count(*) > 1
