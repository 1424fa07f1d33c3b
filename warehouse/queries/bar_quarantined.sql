-- Every rejected delivery of one bar, or of an action of its day.
from quarantined_rows
where symbol = $symbol and session = $session::date and ($source is null or source = $source)
order by source, since, id;
