-- Every message that some runs wanted delivered, or that tells of some entries of the ledger.
select key, channel, portfolio, session, kind, state, attempts, message_ts, error, created_at, updated_at, payload
from notices
where key in (select key from run_notices where list_contains($runs, run_id)) or list_contains($entries, entry)
order by created_at, key;
