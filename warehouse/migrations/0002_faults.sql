-- What a fault rule would repair, every repair that was made, and where a vendor's adjusted closes differ from ours.
alter table quarantine add column proposed varchar;
create table repairs (
    batch_id varchar not null, source varchar not null, table_name varchar not null, symbol varchar not null,
    session date not null, kind varchar not null, field varchar not null, original double, repaired double not null
);
create table differences (
    batch_id varchar not null, source varchar not null, symbol varchar not null, session date not null,
    kind varchar not null, value double
);
