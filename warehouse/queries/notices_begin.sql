update notices
set sending_at = $now, attempts = attempts + 1, lease_until = $lease_until, updated_at = $now
where key = $key and state = 'sending' and owner = $owner
