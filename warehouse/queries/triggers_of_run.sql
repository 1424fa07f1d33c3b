select * exclude (run_id, ordinal) from triggers where run_id = $run_id order by ordinal;
