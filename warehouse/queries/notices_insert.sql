insert into notices by name
select $key as key, $run_id as run_id, $channel as channel, $portfolio as portfolio, $session as session,
       $kind as kind, $payload as payload, $delivery as delivery, 'pending' as state, $sending_at as sending_at, 0 as attempts,
       $now as created_at, $now as updated_at
