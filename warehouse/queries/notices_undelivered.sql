select n.*
from notices as n
where n.channel = $channel and n.state in ('pending', 'sending', 'failed', 'unknown')
order by n.created_at, n.key
