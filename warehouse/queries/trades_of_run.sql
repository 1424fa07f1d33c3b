select * exclude (run_id, ordinal) from trades where run_id = $run_id order by ordinal;
