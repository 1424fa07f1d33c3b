-- Every rejected row and adjusted close came with a batch.
select format('a quarantined row of {} ({}) names the batch {}, which does not exist', coalesce(symbol, 'no symbol'), rule, batch_id) as offence
from quarantine anti join batches using (batch_id)
union all
select format('a rejected minute of {} ({}) names the batch {}, which does not exist', coalesce(symbol, 'no symbol'), rule, batch_id)
from rejected_minutes anti join batches using (batch_id)
union all
select format('the adjusted close of {} on {} names the batch {}, which does not exist', symbol, session, batch_id)
from vendor_adjusted anti join batches using (batch_id)
