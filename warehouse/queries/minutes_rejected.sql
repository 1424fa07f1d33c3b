-- How many minute bars of a run each rule rejected, by symbol and session, and the first of them.
select symbol, session, rule, any_value(words) as words, count(*) as rows, min(instant) as first
from rejected_minutes
where is_of_run(batch_id, $run_id)
group by symbol, session, rule
order by symbol, session, rule;
