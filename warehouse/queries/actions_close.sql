-- End the current version of every action that the delivery restates or no longer holds. A delivery speaks for the
-- days after its symbol's first bar; a rejected action speaks for nothing, and so does a delivery whose prices of the
-- symbol lie at a level of which nobody knows the reason. A derived distribution carries the noise of
-- the two adjusted closes it comes from, each known to 1e-6.
update actions set known_to = $known_from
from (
    select symbol, min(session) as first_session, max(session) as last_session
    from staging.bars
    where symbol not in (select symbol from staging.off_level)
    group by symbol
) as spoken
where actions.source = $source
  and actions.known_to is null
  and actions.symbol = spoken.symbol
  and actions.ex_date > spoken.first_session
  and actions.ex_date <= spoken.last_session
  and not exists (
      select 1
      from staging.actions as incoming
      where incoming.symbol = actions.symbol and incoming.ex_date = actions.ex_date and incoming.kind = actions.kind
        and (
            not differs(actions.value, incoming.value)
            or actions.derived and incoming.derived and abs(actions.value - incoming.value) <= 2e-6 * coalesce(
                (
                    select any_value(bar.close) from staging.bars as bar
                    where bar.symbol = incoming.symbol and bar.session = incoming.ex_date
                ), 0)
            or incoming.row_id in (select row_id from staging.rejected where table_name = 'actions')
        )
  );
