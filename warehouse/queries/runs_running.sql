select run_id, owner, heartbeat from runs where status = 'running';
