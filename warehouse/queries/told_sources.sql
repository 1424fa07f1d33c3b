-- The sources whose daily rows are stored, and since when.
select source, min(known_from) as since from batches where known_from is not null and interval = '1d' group by source order by source;
