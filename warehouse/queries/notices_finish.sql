update notices
set state = $state, error = $error, sending_at = $sending_at, owner = null, lease_until = null, retry_at = $retry_at,
    channel_id = coalesce($channel_id, channel_id), message_ts = coalesce($message_ts, message_ts),
    payload = coalesce($payload, payload), updated_at = $now
where key = $key and state = 'sending' and owner = $owner
