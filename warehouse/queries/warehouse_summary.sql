select
    (select count(*) from bars where known_to is null) as bars,
    (select count(distinct symbol) from bars) as symbols,
    (select count(*) from runs) as runs;
