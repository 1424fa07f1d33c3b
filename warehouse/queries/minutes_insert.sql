-- Open a version for every accepted minute bar that has no current one: new ones, and those just ended.
insert into minutes by name
select
    $source as source, symbol, session, instant, open, high, low, close, volume, split,
    $batch_id as batch_id, $known_from as known_from
from staging.minutes
anti join (from staging.rejected where table_name = 'minutes') using (row_id)
anti join (
    from minutes
    where source = $source and known_to is null
      and session between $first_session::date and $last_session::date
) using (symbol, instant)
order by session, symbol, instant;
