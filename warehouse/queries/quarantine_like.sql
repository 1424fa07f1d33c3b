-- The rejected rows whose id begins with a text.
from quarantined_rows where starts_with(id, $prefix) order by id;
