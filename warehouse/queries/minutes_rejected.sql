-- How many minute bars of some symbols and sessions each rule rejected, and the first of them: those that came first with a
-- run, and earlier ones whose minute has no accepted bar.
select symbol, session, rule, any_value(words) as words, count(*) as rows, min(instant) as first
from rejected_minutes as rejected
where source = $source and list_contains($symbols, symbol) and session between $first::date and $last::date
  and (is_of_run(batch_id, $run_id) or not exists (
      from minutes where known_to is null and source = $source and session between $first::date and $last::date
        and minutes.symbol = rejected.symbol and minutes.instant = rejected.instant))
group by symbol, session, rule
order by symbol, session, rule;
