-- End the current version of every minute bar that an accepted row restates.
update minutes set known_to = $known_from
from (
    from staging.minutes anti join (from staging.rejected where table_name = 'minutes') using (row_id)
) as incoming
where minutes.source = $source
  and minutes.known_to is null
  and minutes.session between $first_session::date and $last_session::date
  and minutes.symbol = incoming.symbol
  and minutes.instant = incoming.instant
  and (
      differs(minutes.open, incoming.open) or differs(minutes.high, incoming.high)
      or differs(minutes.low, incoming.low) or differs(minutes.close, incoming.close)
      or differs(minutes.volume, incoming.volume) or differs(minutes.split, incoming.split)
  );
