delete from accounts where run_id = $run_id;
