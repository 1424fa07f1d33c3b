-- Keep every rejected minute bar as it came, with the rule that it broke and the value seen: once, however often it is delivered
-- with these values, since a session is fetched many times.
insert into rejected_minutes by name
with rejected as (
    select minutes.*, rejected.rule, rejected.words, rejected.value
    from staging.rejected as rejected
    join staging.minutes as minutes using (row_id)
    where rejected.table_name = 'minutes'
)
select
    $batch_id as batch_id, $source as source, symbol, session, instant, rule, words, value, open, high, low, close, volume
from rejected
anti join (
    from rejected_minutes
    where source = $source and session between $first_session::date and $last_session::date
) as stored
    on stored.symbol is not distinct from rejected.symbol
    and stored.session = rejected.session
    and stored.instant = rejected.instant
    and stored.rule = rejected.rule
    and stored.open is not distinct from rejected.open and stored.high is not distinct from rejected.high
    and stored.low is not distinct from rejected.low and stored.close is not distinct from rejected.close
    and stored.volume is not distinct from rejected.volume and stored.value is not distinct from rejected.value;
