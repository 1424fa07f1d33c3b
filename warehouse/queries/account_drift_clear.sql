delete from account_drift where run_id = $run_id;
