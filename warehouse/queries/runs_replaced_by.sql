-- The runs that a run has replaced, and what was open of each.
select subject as run_id, payload from ledger
where kind = 'supersession' and json_extract_string(payload, '$.by_run') = $run_id
order by seq;
