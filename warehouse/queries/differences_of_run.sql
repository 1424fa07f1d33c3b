select source, symbol, session, kind, value from differences
where is_of_run(batch_id, $run_id)
order by session desc, symbol, kind;
