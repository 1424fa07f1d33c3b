-- The digests of the files that may still be sent.
select distinct payload ->> 'sha256'
from notices
where kind = 'file' and state in ('pending', 'sending', 'failed', 'unknown', 'refused')
