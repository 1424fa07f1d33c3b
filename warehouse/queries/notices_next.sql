-- What a channel should get next: an alert first, then the oldest.
select n.*
from notices as n
where n.channel = $channel and n.state in ('pending', 'sending', 'failed', 'unknown') and not list_contains($tried, n.key)
order by n.kind not in ('alert', 'fall', 'market_fall', 'fall_worse'), n.created_at, n.parent is not null, n.key
limit 1
