delete from volatility where run_id = $run_id;
