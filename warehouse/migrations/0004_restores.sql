-- What was done between the two instants is known to nobody here: messages of that time are looked for.
create table restores (taken_at timestamp not null, restored_at timestamp not null);
