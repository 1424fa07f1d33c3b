-- The rows of one run's batches that were rejected, and why.
select source, table_name, symbol, session, rule, value, open, high, low, close, volume, proposed, kind
from quarantine
where is_of_run(batch_id, $run_id)
order by session, symbol, rule;
