-- What a person has decided about a message that nobody is sending.
update notices
set state = $state, error = $error, owner = null, lease_until = null, retry_at = null, updated_at = $now
where key = $key
