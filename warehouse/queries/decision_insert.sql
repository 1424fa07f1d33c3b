-- A decision on a rejected row, with its values as they were delivered.
insert into decisions by name
select
    id, $decision as decision, $reason as reason, $decided_by as decided_by, $decided_at::timestamp as decided_at,
    source, table_name, symbol, session, open, high, low, close, volume, kind, amount, derived,
    $batch_id as batch_id, $known_from::timestamp as known_from
from quarantined_rows
where id = $id;
