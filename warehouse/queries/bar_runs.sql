-- The finished daily runs that may have used a bar: they name its symbol, and are not older than it.
select run_id
from runs
where flow = 'daily' and status not in ('running', 'failed') and known_at is not null
  and session >= $session::date and contains(config::varchar, '"' || $symbol || '"')
order by session desc, started_at desc;
