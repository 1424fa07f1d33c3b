-- Until when a channel asked to wait.
select max(retry_at) from notices where channel = $channel and state in ('pending', 'sending', 'failed', 'unknown')
