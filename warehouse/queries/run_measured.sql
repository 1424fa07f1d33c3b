update runs set value = $value, cash = $cash, benchmark_day = $benchmark_day, benchmark_month = $benchmark_month,
    panel_digest = $panel_digest, stale = $stale, heartbeat = $now::timestamp
where run_id = $run_id;
