-- What a run recommends to some accounts, or to all ($accounts is null), in order.
select * exclude (run_id, ordinal) from account_trades
where run_id = $run_id and ($accounts is null or list_contains($accounts, account)) and status = 'proposed'
order by ordinal;
