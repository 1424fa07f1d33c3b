-- A message may take the place of an earlier one in its channel (by its key); until when its channel asked to wait;
-- and the channel's own id of a file whose upload has begun.
alter table notices add column replaces varchar;
alter table notices add column retry_at timestamp;
alter table notices add column upload varchar;
