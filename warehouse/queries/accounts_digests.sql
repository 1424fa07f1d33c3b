-- One digest over all rows of a table, in order.
select 'accounts' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from accounts as found where run_id = $run_id
union all
select 'account_drift' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_drift as found where run_id = $run_id
union all
select 'account_trades' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_trades as found where run_id = $run_id
union all
select 'account_checks' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_checks as found where run_id = $run_id;
