-- What was found belongs to a run, each finding once.
with found as (
    select 'drift' as what, run_id, ordinal from drift
    union all select 'triggers', run_id, ordinal from triggers
    union all select 'allocation', run_id, ordinal from allocation
    union all select 'volatility', run_id, ordinal from volatility
    union all select 'signals', run_id, ordinal from signals
    union all select 'trades', run_id, ordinal from trades
    union all select 'checks', run_id, ordinal from checks
    union all select 'alerts', run_id, ordinal from alerts
    union all select 'accounts', run_id, ordinal from accounts
    union all select 'account_drift', run_id, ordinal from account_drift
    union all select 'account_trades', run_id, ordinal from account_trades
    union all select 'account_checks', run_id, ordinal from account_checks
    union all select 'account_construction', run_id, ordinal from account_construction
)
select format('row {} of {} names the run {}, which does not exist', ordinal, what, run_id) as offence
from found anti join runs using (run_id)
union all
select format('row {} of {} stands {} times in the run {}', ordinal, what, count(*), run_id)
from found group by what, run_id, ordinal having count(*) > 1
