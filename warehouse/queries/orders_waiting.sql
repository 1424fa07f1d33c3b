-- What runs recommended and nobody rejected, replaced or filled; what was held for being repeated counts, too.
select run_id, symbol, side from trades
where list_contains($run_ids, run_id)
    and (
        status = 'proposed' or exists (
            select 1 from checks
            where checks.run_id = trades.run_id and checks.scope = trades.symbol
                and checks."check" = 'max_repeats' and checks.status = 'block'
        )
    )
    and (run_id, symbol) not in (select run_id, symbol from orders_dropped)
    and not exists (
        select 1 from ledger
        where subject = trades.run_id and json_extract_string(payload, '$.symbol') = trades.symbol
        having count(*) filter (kind = 'fill') > count(*) filter (kind = 'cancellation')
    );
