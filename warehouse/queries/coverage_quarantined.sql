-- The sessions on which rows of a source and symbol wait for a decision.
select source, symbol, session, count(*) as "rows"
from quarantined_rows
where decision is null and symbol is not null
group by source, symbol, session
order by source, symbol, session;
