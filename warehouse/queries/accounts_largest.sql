select account, level, key, actual, drift, breached from account_drift
where run_id = $run_id and drift is not null order by abs(drift) desc, ordinal limit 10;
