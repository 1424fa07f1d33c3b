-- Between which symbols and sessions a delivery's bars lie: stored bars outside of it need not be read.
select
    min(symbol) as first_symbol, max(symbol) as last_symbol, min(session) as first_session, max(session) as last_session
from staging.bars;
