select * exclude (run_id, ordinal) from alerts where run_id = $run_id order by ordinal;
