-- The sources whose rows are stored, and since when.
select source, min(known_from) as since from batches where known_from is not null group by source order by source;
