update runs set value = $value, cash = $cash, benchmark_day = $benchmark_day, benchmark_month = $benchmark_month,
    benchmark_year = $benchmark_year,
    panel_digest = $panel_digest, panel_sessions = $panel_sessions, measures = $measures, risk_volatility = $risk_volatility,
    stale = $stale, gaps = $gaps, allocation_fitted_on = $allocation_fitted_on, allocation_reason = $allocation_reason, heartbeat = $now::timestamp
where run_id = $run_id;
