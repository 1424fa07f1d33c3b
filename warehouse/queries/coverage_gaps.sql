-- The runs of sessions that lie between two held bars of an asked source and symbol and have none; the calendar as in coverage.
with days as (
    select unnest($days::date[]) as session, unnest(range(len($days::date[]))) as ordinal
)
select source, symbol, previous + 1 as first, ordinal - 1 as last
from (
    select
        source, symbol, days.ordinal,
        lag(days.ordinal) over (partition by source, symbol order by days.ordinal) as previous
    from bars
    join gappy using (source, symbol)
    join days using (session)
    where known_to is null
)
where ordinal - previous > 1
order by source, symbol, first;
