delete from account_checks where run_id = $run_id;
