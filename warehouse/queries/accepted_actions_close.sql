-- End the current version of every action that an acceptance restates.
update actions set known_to = $known_from::timestamp
from (from decisions where batch_id = $batch_id and table_name = 'actions') as accepted
where actions.source = accepted.source and actions.symbol = accepted.symbol
  and actions.ex_date = accepted.session and actions.kind = accepted.kind
  and actions.known_to is null and differs(actions.value, accepted.amount);
