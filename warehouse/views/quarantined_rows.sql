-- Every delivered row that was rejected, once however often it came: the id that people name it by, the rules that it
-- broke as they were last worded, and what was decided about these values.
create or replace view quarantined_rows as
with broken as (
    select
        source, table_name, symbol, session, kind, open, high, low, close, volume, amount, rule,
        any_value(derived) as derived, max(fetched_at) as last_seen, min(fetched_at) as since,
        arg_min(batch_id, fetched_at) as first_batch, arg_max(batch_id, fetched_at) as last_batch,
        count(distinct batch_id) as deliveries, arg_max({'words': words, 'value': value, 'proposed': proposed}, fetched_at) as said
    from quarantine
    join batches using (batch_id, source)
    group by all
),
delivered as (
    select
        md5((source, table_name, symbol, session, kind, open, high, low, close, volume, amount)::varchar) as id,
        source, table_name, symbol, session, kind, open, high, low, close, volume, amount,
        any_value(derived) as derived, min(since) as since, max(last_seen) as last_seen,
        arg_min(first_batch, since) as first_batch, arg_max(last_batch, last_seen) as last_batch,
        max(deliveries) as deliveries,
        list({'rule': rule, 'words': said.words, 'value': said.value, 'proposed': said.proposed} order by rule) as rules
    from broken
    group by source, table_name, symbol, session, kind, open, high, low, close, volume, amount
)
select delivered.*, decided.id as decided_as, decision, reason, decided_by, decided_at
from delivered
left join decisions as decided
    on decided.source = delivered.source and decided.table_name = delivered.table_name
    and decided.symbol is not distinct from delivered.symbol
    and decided.session is not distinct from delivered.session
    and decided.kind is not distinct from delivered.kind
    and (decided.id = delivered.id or not (
        differs(decided.open, delivered.open) or differs(decided.high, delivered.high)
        or differs(decided.low, delivered.low) or differs(decided.close, delivered.close)
        or differs(decided.volume, delivered.volume) or differs(decided.amount, delivered.amount)))
qualify row_number() over (partition by delivered.id order by decided.decided_at) = 1;
