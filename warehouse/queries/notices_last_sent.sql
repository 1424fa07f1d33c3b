-- When a channel got its last message.
select max(updated_at) from notices where channel = $channel and state = 'sent'
