delete from account_construction where run_id = $run_id;
