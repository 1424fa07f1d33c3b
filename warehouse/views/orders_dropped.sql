-- What runs recommended and nobody may do any more, by run and symbol: rejected; or replaced or withdrawn while it was
-- open, and never filled.
create or replace view orders_dropped as
select distinct subject as run_id, json_extract_string(payload, '$.symbol') as symbol
from ledger
where kind = 'recommendation' and json_extract_string(payload, '$.state') = 'rejected'
union
select over.subject, over.symbol
from (
    select subject, unnest(json_extract_string(payload, '$.open[*]')) as symbol
    from ledger
    where kind in ('supersession', 'withdrawal')
) as over
where not exists (
    select 1 from ledger
    where subject = over.subject and json_extract_string(payload, '$.symbol') = over.symbol
    having count(*) filter (kind = 'fill') > count(*) filter (kind = 'cancellation')
);
