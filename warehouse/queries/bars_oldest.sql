-- The oldest session of which a bar is stored; null where none is.
select min(session) as session from bars;
