-- The symbols that backfills of one range have stored since the last one that was complete: that came to its end,
-- and whose vendor refused or missed no symbol for a reason that can pass.
with begun as (
    select
        run_id, started_at,
        status not in ('failed', 'running') and not exists (
            from batches
            where is_of_run(batch_id, runs.run_id)
              and list_has_any(errors ->> '$[*].kind', ['rate_limited', 'outage'])
        ) as complete
    from runs
    where flow = 'backfill' and portfolio = $portfolio and source = $source and status <> 'running'
),
unfinished as (
    select run_id
    from begun
    where started_at > coalesce((select max(started_at) from begun where complete), '-infinity'::timestamp)
)
select unnest(list_filter(symbols, lambda symbol: not list_contains(errors ->> '$[*].symbol', symbol))) as symbol
from batches
join unfinished on is_of_run(batches.batch_id, unfinished.run_id)
where held is null and source = $source and range_start = $start::date and range_end = $end::date
  and fetched_at > $since::timestamp;
