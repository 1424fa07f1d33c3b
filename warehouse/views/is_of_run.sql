-- Whether a batch is one of a run's. It is named RUN or RUN-NUMBER, with at most seven digits, and a run's name ends in
-- at least eight letters or digits: so no batch is of two runs, whatever a portfolio is called.
create or replace macro is_of_run(batch_id, run_id) as
    starts_with(batch_id, run_id) and regexp_full_match(batch_id[len(run_id) + 1:], '(-[0-9]{1,7})?');
-- The number of a run's batch, from 0: the order in which they were asked for.
create or replace macro batch_number(batch_id, run_id) as
    coalesce(try_cast(batch_id[len(run_id) + 2:] as integer), 0);
