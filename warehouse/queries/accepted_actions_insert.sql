-- Open a version for every accepted action that has no current one.
insert into actions by name
select source, symbol, session as ex_date, kind, amount as value, derived, batch_id, known_from
from (from decisions where batch_id = $batch_id and table_name = 'actions') as accepted
anti join (from actions where known_to is null) as known
    on known.source = accepted.source and known.symbol = accepted.symbol
    and known.ex_date = accepted.session and known.kind = accepted.kind;
