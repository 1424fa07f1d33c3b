delete from account_trades where run_id = $run_id;
