insert into differences by name
select $batch_id as batch_id, $source as source, symbol, session, kind, value from staging.differences;
