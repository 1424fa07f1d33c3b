-- Keep every value that was repaired, as it came; of a row that was rejected all the same the quarantine keeps it.
insert into repairs by name
select $batch_id as batch_id, $source as source, table_name, symbol, session, kind, field, original, repaired
from staging.repairs
anti join staging.rejected using (table_name, row_id);
