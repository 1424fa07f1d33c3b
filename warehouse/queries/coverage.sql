-- What is stored of each source and symbol with a current version on the calendar: its first and last session, how many current versions lie on the sessions
-- of the asked calendar (`held`, between the places `begins` and `ends` in it), how many versions there are in all, and how
-- many bars and actions were repaired; the calendar comes as the text of a list of days.
with days as (
    select unnest($days::date[]) as session, unnest(range(len($days::date[]))) as ordinal
)
select
    bars.source, bars.symbol, min(bars.session) as first, max(bars.session) as last,
    count(days.ordinal) filter (known_to is null) as held, count(*) as versions,
    min(days.ordinal) as begins, max(days.ordinal) as ends,
    (select count(distinct (table_name, session)) from repairs
        where repairs.source = bars.source and repairs.symbol = bars.symbol) as repaired
from bars
left join days using (session)
where ($source is null or bars.source = $source) and ($symbols is null or list_contains($symbols, bars.symbol))
group by bars.source, bars.symbol
having held > 0
order by bars.source, bars.symbol;
