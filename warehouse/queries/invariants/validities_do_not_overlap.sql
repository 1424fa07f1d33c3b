-- At any instant a source has at most one version of each bar, minute and action.
-- Only what has an ended version can overlap; two current ones are another invariant's business.
with ended_bars as (
    select *, lead(known_from) over (partition by source, symbol, session order by known_from, known_to) as next
    from bars semi join (select source, symbol, session from bars where known_to is not null) using (source, symbol, session)
), ended_minutes as (
    select *, lead(known_from) over (partition by source, symbol, instant order by known_from, known_to) as next
    from minutes
    semi join (select source, symbol, instant from minutes where known_to is not null) using (source, symbol, instant)
), ended_actions as (
    select *, lead(known_from) over (partition by source, symbol, ex_date, kind order by known_from, known_to) as next
    from actions
    semi join (select source, symbol, ex_date, kind from actions where known_to is not null)
        using (source, symbol, ex_date, kind)
)
select format(
    'the bar of {} on {} from {}, known from {}, still holds when the next begins at {}',
    symbol, session, source, known_from, next) as offence
from ended_bars where next < known_to or (known_to is null and next > known_from)
union all
select format(
    'the minute {} of {} from {}, known from {}, still holds when the next begins at {}',
    instant, symbol, source, known_from, next)
from ended_minutes where next < known_to or (known_to is null and next > known_from)
union all
select format(
    'the {} of {} on {} from {}, known from {}, still holds when the next begins at {}',
    kind, symbol, ex_date, source, known_from, next)
from ended_actions where next < known_to or (known_to is null and next > known_from)
