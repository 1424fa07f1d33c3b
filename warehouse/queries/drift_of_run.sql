select * exclude (run_id, ordinal) from drift where run_id = $run_id order by ordinal;
