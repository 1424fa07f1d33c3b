-- The rows of one batch that were rejected, and why.
select table_name, symbol, session, rule, value, open, high, low, close, volume
from quarantine
where batch_id = $batch_id
order by session, symbol, rule;
