-- The newest bar of each asked symbol at each preferred source up to its session, and its close on that session, as
-- known; not counting what the batches of one run have rejected on the session.
with rejected as (
    select distinct source, symbol, session
    from quarantine
    where batch_id = $run_id or starts_with(batch_id, $run_id || '-')
)
select
    asked.symbol, preferred.source, max(bars.session) as newest,
    max(bars.close) filter (bars.session = asked.session) as close
from asked
cross join preferred
left join prices_asof($known_at::timestamp) as bars
    on bars.symbol = asked.symbol and bars.source = preferred.source and bars.session <= asked.session
    and (bars.session < asked.session
        or not exists (
            from rejected
            where rejected.source = bars.source and rejected.symbol = bars.symbol
                and rejected.session = bars.session))
group by asked.symbol, asked.ordinal, preferred.source, preferred.rank
order by asked.ordinal, preferred.rank;
