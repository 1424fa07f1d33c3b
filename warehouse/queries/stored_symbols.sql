-- Every symbol of which a bar is stored or quarantined.
select distinct symbol
from (select symbol, source from bars union all select symbol, source from quarantine)
where symbol is not null and ($source is null or source = $source)
order by symbol;
