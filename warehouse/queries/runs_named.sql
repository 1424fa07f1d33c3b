select * from runs where list_contains($run_ids, run_id);
