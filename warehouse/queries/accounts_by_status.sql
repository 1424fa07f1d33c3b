select status, count(*) as accounts, sum(value) as value, sum(turnover * value) as traded from accounts
where run_id = $run_id group by status order by status;
