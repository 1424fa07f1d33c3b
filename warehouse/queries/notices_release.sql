update notices
set lease_until = $now, updated_at = $now
where key = $key and state = 'sending' and owner = $owner
