-- The channels that should still get something.
select distinct channel
from notices
where state in ('pending', 'sending', 'failed', 'unknown')
order by channel
