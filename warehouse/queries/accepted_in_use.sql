-- The acceptances of a session that were in use at an instant: their values were the ones known.
select accepted.source, accepted.symbol, accepted.session, accepted.kind, accepted.decided_by, accepted.reason
from decisions as accepted
left join prices_asof($known_at::timestamp) as bars
    on accepted.table_name = 'bars' and bars.source = accepted.source and bars.symbol = accepted.symbol
    and bars.session = accepted.session
left join actions_asof($known_at::timestamp) as actions
    on accepted.table_name = 'actions' and actions.source = accepted.source and actions.symbol = accepted.symbol
    and actions.ex_date = accepted.session and actions.kind = accepted.kind
where accepted.decision = 'accepted' and accepted.session = $session::date
  and accepted.known_from <= $known_at::timestamp
  and case accepted.table_name when 'bars' then bars.close is not null and not (
      differs(accepted.open, bars.open) or differs(accepted.high, bars.high) or differs(accepted.low, bars.low)
      or differs(accepted.close, bars.close) or differs(accepted.volume, bars.volume))
  else actions.value is not null and not differs(accepted.amount, actions.value) end
order by accepted.symbol, accepted.kind, accepted.decided_at;
