update notices
set state = 'sending', payload = $payload, parent = $parent, replaces = $replaces, owner = $owner,
    lease_until = $lease_until, updated_at = $now
where key = $key
