-- Whether a digest, or its details, of the same portfolio, session and channel was asked for later than this one.
select count(*) > 0
from notices as own
join notices as other using (channel, portfolio, session, kind)
where own.key = $key and own.kind in ('digest', 'details') and other.created_at > own.created_at
  and other.state not in ('superseded', 'dropped', 'refused')
