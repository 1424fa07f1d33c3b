select symbol, session, kind, field, original, repaired from repairs
where batch_id = $run_id or starts_with(batch_id, $run_id || '-')
order by session desc, symbol, field;
