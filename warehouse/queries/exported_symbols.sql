-- Which symbols each source had delivered at an instant; one source's only where it is named.
select symbol, list(distinct source order by source) as sources
from prices_asof($known_at::timestamp)
where $source is null or source = $source
group by symbol
order by symbol;
