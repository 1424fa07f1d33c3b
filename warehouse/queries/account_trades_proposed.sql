-- What a run recommends to some accounts, in order.
select * exclude (run_id, ordinal) from account_trades
where run_id = $run_id and list_contains($accounts, account) and status = 'proposed'
order by ordinal;
