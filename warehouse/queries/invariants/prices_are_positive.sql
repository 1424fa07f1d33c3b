-- Every close is a positive number, so that adjusted series can be computed.
select format('the bar of {} on {} from {} has the close {}', symbol, session, source, close) as offence
from bars where not (close > 0 and isfinite(close))
union all
select format('the minute {} of {} from {} has the close {}', instant, symbol, source, close)
from minutes where not (close > 0 and isfinite(close))
