delete from alerts where run_id = $run_id;
