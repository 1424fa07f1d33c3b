delete from risk where run_id = $run_id;
