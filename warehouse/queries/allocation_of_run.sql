select * exclude (run_id, ordinal) from allocation where run_id = $run_id order by ordinal;
