update runs set entry = $hash where run_id = $run_id;
