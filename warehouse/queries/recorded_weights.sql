-- What each instrument was of the value in some runs; a pair is one instrument, that of its target.
select run_id, key as symbol, actual as weight
from drift
where list_contains($runs, run_id) and level = 'instrument' and isfinite(actual) and actual <> 0;
