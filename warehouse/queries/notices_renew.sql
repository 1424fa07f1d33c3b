-- Said anew: what was refused is tried again, with these words.
update notices
set payload = $payload, state = case state when 'refused' then 'pending' else state end, updated_at = $now
where key = $key and state in ('pending', 'failed', 'refused', 'unknown') and (payload <> $payload or state = 'refused')
