-- A retry of the same run: what it had ingested stays, so that it works on what it knew.
update runs set status = 'running', owner = $owner, heartbeat = $now::timestamp, error = null, finished_at = null
where run_id = $run_id;
