-- The messages that arrived, of some runs: what nothing changes any more.
select run_notices.run_id, key, channel, portfolio, session, kind, payload, state, message_ts
from run_notices join notices using (key)
where list_contains($run_ids, run_notices.run_id) and state in ('sent', 'preview')
order by all;
