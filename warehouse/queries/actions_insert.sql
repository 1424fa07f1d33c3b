-- Open a version for every accepted action that has no current one.
insert into actions by name
select
    $source as source, symbol, ex_date, kind, value, derived, $batch_id as batch_id, $known_from as known_from
from staging.actions
anti join (from staging.rejected where table_name = 'actions') using (row_id)
anti join staging.off_level using (symbol)
anti join (from actions where source = $source and known_to is null) using (symbol, ex_date, kind);
