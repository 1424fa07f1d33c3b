-- The newest bar of each asked symbol at each preferred source up to its session, and its close on that session, as
-- known; not counting what the batches of one run have rejected on the session.
with rejected as (
    select source, symbol, session
    from quarantine
    where is_of_run(batch_id, $run_id)
        and symbol is not null and session is not null
),
usable as (
    select bars.source, bars.symbol, bars.session, bars.close
    from prices_asof($known_at::timestamp) as bars
    join asked on asked.symbol = bars.symbol and bars.session <= asked.session
    where bars.session < asked.session or (bars.source, bars.symbol, bars.session) not in (
        select (source, symbol, session) from rejected
    )
)
select
    asked.symbol, preferred.source, max(usable.session) as newest,
    max(usable.close) filter (usable.session = asked.session) as close
from asked
cross join preferred
left join usable on usable.symbol = asked.symbol and usable.source = preferred.source
group by asked.symbol, asked.ordinal, preferred.source, preferred.rank
order by asked.ordinal, preferred.rank;
