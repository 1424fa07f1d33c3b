-- Nothing became known later than a day from now (within a day a clock may have been set back).
select format('{} {} is known from {}, and it is {} now', what, id, known_from, settings.now) as offence
from (
    select 'the batch' as what, batch_id as id, known_from from batches
    union all
    select format('the bar of {} on {} from', symbol, session), source, known_from from bars
    union all
    select format('the minute {} of {} from', instant, symbol), source, known_from from minutes
    union all
    select format('the {} of {} on {} from', kind, symbol, ex_date), source, known_from from actions
) as known
cross join settings
where known_from > settings.now + interval 1 day
