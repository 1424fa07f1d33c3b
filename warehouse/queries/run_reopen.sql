-- A retry of the same run: what it had ingested stays, so that it works on what it knew. A kill switch that was
-- pulled since holds it too.
update runs set status = 'running', kill_switch = coalesce($kill_switch, kill_switch), owner = $owner, heartbeat = $now::timestamp, error = null, finished_at = null, entry = null
where run_id = $run_id;
