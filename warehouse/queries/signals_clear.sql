delete from signals where run_id = $run_id;
