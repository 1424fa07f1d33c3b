select * exclude (run_id, ordinal) from account_construction where run_id = $run_id and ($account is null or account = $account) order by ordinal;
