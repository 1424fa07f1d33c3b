-- Whether the source has a current bar between the symbols and sessions of a delivery: if not, none is restated.
select exists (
    from bars
    where source = $source and known_to is null
      and symbol between $first_symbol and $last_symbol and session between $first_session::date and $last_session::date
) as stored;
