-- What has certainly not arrived of a conversation, and now need not: older messages of its kind.
update notices
set state = 'superseded', error = $error, owner = null, lease_until = null, retry_at = null, updated_at = $now
where channel = $channel and portfolio = $portfolio and session = $session and key <> $key and kind = $kind
  and state in ('pending', 'failed') and sending_at is null
