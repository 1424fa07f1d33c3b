select * exclude (run_id, ordinal) from volatility where run_id = $run_id order by ordinal;
