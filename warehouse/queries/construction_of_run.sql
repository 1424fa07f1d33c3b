select * exclude (run_id, ordinal) from construction where run_id = $run_id order by ordinal;
