delete from checks where run_id = $run_id;
