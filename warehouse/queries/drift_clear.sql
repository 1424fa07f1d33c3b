delete from drift where run_id = $run_id;
