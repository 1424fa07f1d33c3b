-- The bars that people decided to keep out before an instant, the latest decision last.
select source, symbol, session, reason, decided_by
from decisions
where decision = 'rejected' and table_name = 'bars' and symbol is not null and session is not null
    and decided_at <= $before::timestamp
order by decided_at;
