-- A source made no two different deliveries at one instant.
select format('{} told {} deliveries at {}, the batch {} among them', source, count(distinct digest), known_from, min(batch_id)) as offence
from batches where known_from is not null group by source, known_from having count(distinct digest) > 1
