from checks where list_contains($runs, run_id) order by run_id, ordinal;
