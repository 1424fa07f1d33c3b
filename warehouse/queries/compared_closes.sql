-- The closes of two sources, symbol by symbol, on the sessions that both reach, as known at an instant. A difference is
-- $second's close over $first's less 1; `worst` is the largest of either sign.
with known as (
    select symbol, session, source, close
    from prices_asof($known_at::timestamp)
    where source in ($first, $second) and close > 0
        and ($symbols is null or list_contains($symbols::varchar[], symbol))
        and ($since is null or session >= $since::date) and ($until is null or session <= $until::date)
), spans as (
    select
        symbol,
        greatest(min(session) filter (source = $first), min(session) filter (source = $second)) as begins,
        least(max(session) filter (source = $first), max(session) filter (source = $second)) as ends
    from known
    group by symbol
    having count(distinct source) = 2
), pairs as (
    select
        symbol, session,
        any_value(close) filter (source = $first) as own,
        any_value(close) filter (source = $second) as other
    from known join spans using (symbol)
    where session between begins and ends
    group by symbol, session
), compared as (
    select *, other / own - 1 as difference from pairs
)
select
    symbol,
    min(session) as begins,
    max(session) as ends,
    count(difference) as compared,
    count(*) filter (other is null) as only_first,
    count(*) filter (own is null) as only_second,
    count(*) filter (abs(difference) > $bound) as beyond,
    avg(abs(difference)) as mean,
    arg_max(difference, abs(difference)) as worst,
    arg_max(session, abs(difference)) as worst_session,
    arg_max(own, abs(difference)) as worst_first,
    arg_max(other, abs(difference)) as worst_second
from compared
group by symbol
order by beyond desc, max(abs(difference)) desc nulls last, symbol;
