-- The messages of falls of a portfolio and session that are or will be in their channels.
select n.*
from notices as n
where n.portfolio = $portfolio and n.session = $session and n.kind = $kind
  and n.state in ('pending', 'sending', 'failed', 'unknown', 'sent', 'preview')
order by n.created_at, n.key
