-- A notice is in a state that exists, has an owner and a lease only while it is being sent, and belongs to runs.
select format(
    'the notice {} to {} is {}, owner {}, lease until {}', key, channel, state, coalesce(owner, 'none'),
    coalesce(lease_until::varchar, 'never')) as offence
from notices
where state not in ('pending', 'sending', 'sent', 'preview', 'failed', 'refused', 'unknown', 'superseded', 'dropped')
   or (state = 'sending') <> (owner is not null) or (state = 'sending') <> (lease_until is not null)
union all
select format('the run {} names the notice {}, which does not exist', run_id, key) from run_notices anti join notices using (key)
union all
select format('a notice is wanted by the run {}, which does not exist', run_id) from run_notices anti join runs using (run_id)
