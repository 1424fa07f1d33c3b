delete from trades where run_id = $run_id;
