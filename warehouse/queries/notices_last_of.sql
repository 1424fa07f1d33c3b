-- The newest message of a kind about a portfolio on a channel.
select n.*
from notices as n
where n.kind = $kind and n.portfolio = $portfolio and n.channel = $channel
order by n.created_at desc, n.key
limit 1
