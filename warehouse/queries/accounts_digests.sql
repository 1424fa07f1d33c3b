-- One digest over all rows of a table, in order. Columns that were added later have one of their own, so that
-- runs of before keep theirs.
select 'accounts' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from accounts as found where run_id = $run_id
union all
select 'account_drift' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_drift as found where run_id = $run_id
union all
select 'account_trades' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from (select * exclude (commission, spread, impact, lots, tax) from account_trades) as found
where run_id = $run_id
union all
select 'account_costs' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from (
    select run_id, ordinal, commission, spread, impact, lots, tax from account_trades where commission is not null
) as found where run_id = $run_id
union all
select 'account_checks' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_checks as found where run_id = $run_id
union all
select 'account_construction' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_construction as found where run_id = $run_id
union all
select 'account_holdings' as what, sha256(string_agg(sha256(found::varchar), '' order by ordinal)) as digest
from account_holdings as found
where digest = (select config ->> '$.accounts_digest' from runs where run_id = $run_id);
