-- End the current version of every bar that an accepted row restates.
update bars set known_to = $known_from
from (
    from staging.bars anti join (from staging.rejected where table_name = 'bars') using (row_id)
) as incoming
where bars.source = $source
  and bars.known_to is null
  and bars.symbol between $first_symbol and $last_symbol
  and bars.session between $first_session::date and $last_session::date
  and bars.symbol = incoming.symbol
  and bars.session = incoming.session
  and (
      differs(bars.open, incoming.open) or differs(bars.high, incoming.high) or differs(bars.low, incoming.low)
      or differs(bars.close, incoming.close) or differs(bars.volume, incoming.volume)
  );
