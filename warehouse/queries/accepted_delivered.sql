-- The delivered rows that repeat values which a person has accepted: one of a bar or an action, were it sent twice.
select 'bars' as table_name, min(delivered.row_id) as row_id
from delivered_bars as delivered
join decisions as accepted using (symbol, session)
where accepted.decision = 'accepted' and accepted.source = $source and accepted.table_name = 'bars'
  and not (
      differs(accepted.open, delivered.open) or differs(accepted.high, delivered.high)
      or differs(accepted.low, delivered.low) or differs(accepted.close, delivered.close)
      or differs(accepted.volume, delivered.volume)
  )
group by symbol, session
union all
select 'actions', min(delivered.row_id)
from delivered_actions as delivered
join decisions as accepted
    on accepted.symbol = delivered.symbol and accepted.session = delivered.ex_date and accepted.kind = delivered.kind
where accepted.decision = 'accepted' and accepted.source = $source and accepted.table_name = 'actions'
  and not differs(accepted.amount, delivered.value)
group by delivered.symbol, delivered.ex_date, delivered.kind;
