-- Keep the vendor's newest adjusted closes, for cross-checking only.
merge into vendor_adjusted as kept
using (
    select any_value(adj_close) as adj_close, symbol, session from staging.adjusted group by symbol, session
) as incoming
on kept.source = $source and kept.symbol = incoming.symbol and kept.session = incoming.session
when matched and differs(kept.adj_close, incoming.adj_close) then
    update set adj_close = incoming.adj_close, batch_id = $batch_id
when not matched then
    insert (source, symbol, session, adj_close, batch_id)
    values ($source, incoming.symbol, incoming.session, incoming.adj_close, $batch_id);
