select status, count(*) as accounts from account_construction where run_id = $run_id group by status order by status;
