-- Whether a digest, its details, or a message of falls of the same portfolio, session and channel was asked for later than this one.
select count(*) > 0
from notices as own
join notices as other using (channel, portfolio, session, kind)
where own.key = $key and own.kind in ('digest', 'details', 'fall', 'market_fall') and other.created_at > own.created_at
  and other.state not in ('superseded', 'dropped', 'refused')
