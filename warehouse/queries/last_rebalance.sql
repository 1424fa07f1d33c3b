-- The last rebalance: the newest earlier session for which a finished run, not for study, recommended a trade that
-- nobody has rejected by now, nor a newer run replaced before it was done; a harvest is none.
select max(earlier.session) from runs as earlier
where earlier.flow = 'daily' and earlier.portfolio = $portfolio and earlier.session < $session::date
    and not earlier.historical and earlier.status in ('recommended', 'partial')
    and exists (
        select 1 from trades
        where trades.run_id = earlier.run_id and trades.status = 'proposed' and trades."trigger" <> 'harvest'
            and (trades.run_id, trades.symbol) not in (select run_id, symbol from orders_dropped)
    );
