-- The symbols that interrupted backfills of one range have stored since the last one that came to its end.
with unfinished as (
    select run_id
    from runs
    where flow = 'backfill' and portfolio = $portfolio and source = $source and status = 'failed'
      and started_at > coalesce((
          select max(started_at)
          from runs
          where flow = 'backfill' and portfolio = $portfolio and source = $source
            and status not in ('failed', 'running')
      ), '-infinity'::timestamp)
)
select unnest(list_filter(symbols, lambda symbol: not list_contains(errors ->> '$[*].symbol', symbol))) as symbol
from batches
join unfinished on batches.batch_id ^@ (unfinished.run_id || '-')
where held is null and source = $source and range_start = $start::date and range_end = $end::date
  and fetched_at > $since::timestamp;
