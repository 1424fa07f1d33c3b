update runs set controls = $controls where run_id = $run_id;
