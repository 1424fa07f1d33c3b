-- The rejected rows, newest session first: those that are still to be decided on, or every one.
from quarantined_rows
where ($every or decision is null) and ($symbol is null or symbol = $symbol)
order by session desc nulls first, symbol, source, id;
