select * exclude (run_id, ordinal) from checks where run_id = $run_id order by ordinal;
