delete from allocation where run_id = $run_id;
