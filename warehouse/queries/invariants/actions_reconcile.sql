-- A split has a positive ratio; a distribution is positive and below the price that it is paid from.
-- The price: the last current close of the ten days before the ex-date, in shares of the ex-date.
with paid as (
    select * from actions where known_to is null and kind <> 'split'
), before as (
    select paid.source, paid.symbol, paid.ex_date, paid.kind, max_by(bars.close, bars.session) as close
    from paid cross join range(1, 11) as days_back(n)
    join bars on bars.source = paid.source and bars.symbol = paid.symbol and bars.session = paid.ex_date - n::integer
    where bars.known_to is null
    group by all
)
select format('the {} of {} on {} from {} is {}', kind, symbol, ex_date, source, value) as offence
from actions where not (value > 0 and isfinite(value)) or kind not in ('split', 'dividend', 'capital_gain')
union all
select format(
    'the {} of {} on {} from {} is {}, and the close before it {}', paid.kind, paid.symbol, paid.ex_date, paid.source,
    paid.value, before.close / coalesce(split.value, 1))
from paid
join before using (source, symbol, ex_date, kind)
left join actions as split
    on split.source = paid.source and split.symbol = paid.symbol and split.ex_date = paid.ex_date
    and split.kind = 'split' and split.known_to is null
where paid.value >= before.close / coalesce(split.value, 1)
