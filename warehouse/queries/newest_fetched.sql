-- The run whose batch brought the newest bar of each asked symbol at its source up to its session, as known; no run
-- where the batch belongs to none.
with newest as (
    select asked.source, asked.symbol, arg_max(bars.batch_id, bars.session) as batch_id
    from asked
    join prices_asof($known_at::timestamp) as bars using (source, symbol)
    where bars.session <= asked.session
    group by asked.source, asked.symbol
)
select newest.source, newest.symbol, runs.run_id
from newest
left join runs on is_of_run(newest.batch_id, runs.run_id);
