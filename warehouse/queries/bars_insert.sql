-- Open a version for every accepted row that has no current one: new bars, and those just ended.
-- In the staging file's order of sessions, so that a look-back reads the row groups of its own sessions and passes over
-- older history. Where $rejected or $stored is false, DuckDB leaves out that join.
insert into bars by name
select
    $source as source, symbol, session, open, high, low, close, volume,
    $batch_id as batch_id, $known_from as known_from
from staging.bars
anti join (from staging.rejected where $rejected and table_name = 'bars') using (row_id)
anti join (
    from bars
    where $stored and source = $source and known_to is null
      and symbol between $first_symbol and $last_symbol and session between $first_session::date and $last_session::date
) using (symbol, session);
