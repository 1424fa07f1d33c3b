select * exclude (run_id, ordinal) from risk where run_id = $run_id order by ordinal;
