select * exclude (run_id, ordinal) from signals where run_id = $run_id order by ordinal;
