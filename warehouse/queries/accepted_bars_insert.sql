-- Open a version for every accepted bar that has no current one.
insert into bars by name
select source, symbol, session, open, high, low, close, volume, batch_id, known_from
from decisions
anti join (from bars where known_to is null) using (source, symbol, session)
where batch_id = $batch_id and table_name = 'bars';
