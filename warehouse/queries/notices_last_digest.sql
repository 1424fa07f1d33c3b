-- The newest digest (or message of falls) of a portfolio in a channel, of any session since a day, that is or will be there.
select n.*
from notices as n
where n.channel = $channel and n.portfolio = $portfolio and n.session >= $since and n.kind = $kind
  and n.state in ('pending', 'sending', 'failed', 'unknown', 'sent', 'preview')
order by n.session desc, n.created_at desc, n.key
limit 1
