-- What has certainly not arrived of a digest that was superseded: its details and files, and with `all` also what it had changed.
update notices
set state = 'superseded', error = $error, owner = null, lease_until = null, retry_at = null, updated_at = $now
where channel = $channel and portfolio = $portfolio and session = $session
  and (kind in ('details', 'file') or (kind = 'change' and $all))
  and state in ('pending', 'failed') and sending_at is null
  and parent in (select key from notices where state = 'superseded')
