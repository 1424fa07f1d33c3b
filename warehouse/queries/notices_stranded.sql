-- What waits for a channel that is not set up says so.
update notices set error = $error
where channel = $channel and state in ('pending', 'failed') and error is distinct from $error
