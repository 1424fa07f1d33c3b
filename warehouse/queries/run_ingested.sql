update runs set batch_id = coalesce(batch_id, $batch_id), known_at = $known_at::timestamp, heartbeat = $now::timestamp, docs = coalesce(docs, $docs)
where run_id = $run_id;
