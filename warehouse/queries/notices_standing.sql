-- The digest (or its details) of a portfolio and session that a channel shows: the newest one that arrived, but for this one.
select n.*
from notices as n
where n.channel = $channel and n.portfolio = $portfolio and n.session = $session and n.kind = $kind
  and n.state in ('sent', 'preview') and n.message_ts is not null and n.key <> $key
order by n.created_at desc, n.updated_at desc, n.key
limit 1
