-- How many accounts each check holds a trade of.
select held_by as "check", count(distinct account) as accounts, count(*) as trades from account_trades
where run_id = $run_id and status = 'held' group by held_by order by accounts desc, "check";
