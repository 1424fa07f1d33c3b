-- A value is restated only when it differs by more than 1e-6 relative, or appears or disappears.
create or replace macro differs(a, b) as
    (a is null) <> (b is null) or coalesce(abs(a - b) > 1e-6 * greatest(abs(a), abs(b)), false);
