select source, symbol, session, kind, field, original, repaired from repairs
where is_of_run(batch_id, $run_id)
order by session desc, symbol, field;
