delete from triggers where run_id = $run_id;
