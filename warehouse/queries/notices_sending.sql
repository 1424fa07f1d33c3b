-- What else is being sent to a channel, as far as the outbox knows.
select n.*
from notices as n
where n.channel = $channel and n.state = 'sending' and n.key <> $key
