update runs set status = $status, error = $error, finished_at = $now::timestamp, heartbeat = $now::timestamp
where run_id = $run_id;
