update notices
set state = 'sending', payload = $payload, owner = $owner, lease_until = $lease_until, updated_at = $now
where key = $key
