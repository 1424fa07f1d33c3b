-- Whether the source has current rows between the symbols and sessions of a delivery: where not, none is restated.
select
    exists (
        from bars
        where source = $source and known_to is null
          and symbol between $first_symbol and $last_symbol
          and session between $first_session::date and $last_session::date
    ) as bars,
    exists (
        from actions
        where source = $source and known_to is null
          and symbol between $first_symbol and $last_symbol
          and ex_date between $first_session::date and $last_session::date
    ) as actions;
