select symbol, session, kind, value from differences
where batch_id = $run_id or starts_with(batch_id, $run_id || '-')
order by session desc, symbol, kind;
