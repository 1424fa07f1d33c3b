-- The instant that a commit now is known from: strictly increasing, even when the clock goes back.
select greatest($now::timestamp, coalesce(max(known_from) + interval 1 microsecond, $now::timestamp)) as known_from
from batches;
