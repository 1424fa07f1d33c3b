select channel_id
from notices
where channel = $channel and state = 'sent' and channel_id is not null
order by updated_at desc
limit 1
