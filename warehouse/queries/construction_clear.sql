delete from construction where run_id = $run_id;
