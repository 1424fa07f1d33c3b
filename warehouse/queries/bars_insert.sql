-- Open a version for every accepted row that has no current one: new bars, and those just ended.
insert into bars by name
select
    $source as source, symbol, session, open, high, low, close, volume,
    $batch_id as batch_id, $known_from as known_from
from staging.bars
anti join (from staging.rejected where table_name = 'bars') using (row_id)
anti join (from bars where source = $source and known_to is null) using (symbol, session);
