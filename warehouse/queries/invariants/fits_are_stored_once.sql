-- The same returns are fitted once by the same model, libraries and code.
select format('{} fits of {} with asymmetry {} of the returns {}', count(*), symbol, asymmetry, returns) as offence
from fits group by symbol, asymmetry, returns, made_with having count(*) > 1
