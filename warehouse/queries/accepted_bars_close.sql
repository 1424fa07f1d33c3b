-- End the current version of every bar that an acceptance restates.
update bars set known_to = $known_from::timestamp
from (from decisions where batch_id = $batch_id and table_name = 'bars') as accepted
where bars.source = accepted.source and bars.symbol = accepted.symbol and bars.session = accepted.session
  and bars.known_to is null
  and (
      differs(bars.open, accepted.open) or differs(bars.high, accepted.high) or differs(bars.low, accepted.low)
      or differs(bars.close, accepted.close) or differs(bars.volume, accepted.volume)
  );
