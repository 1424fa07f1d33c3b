select n.key, n.run_id, n.channel, n.portfolio, n.session, n.kind, n.payload, n.state, n.owner, n.lease_until,
       n.sending_at, n.attempts, n.channel_id, n.message_ts, n.error,
       coalesce(n.delivery, 'exactly_once') as delivery
from notices as n
where n.channel = $channel and n.state in ('pending', 'sending', 'failed', 'unknown')
order by n.created_at, n.key
