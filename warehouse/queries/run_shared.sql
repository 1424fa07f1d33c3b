-- A run knows what another one has fetched for it: its batches, as they were known at its end.
update runs set ingest = shared.run_id, batch_id = shared.batch_id, known_at = shared.known_at, docs = shared.docs
from runs as shared
where runs.run_id = $run_id and shared.run_id = $ingest;
