-- What a person needs to see of a rejected row, and what people decided: added to, never changed.
alter table quarantine add column words varchar;
alter table quarantine add column kind varchar;
alter table quarantine add column amount double;
alter table quarantine add column derived boolean;
create table decisions (
    id varchar not null, decision varchar not null, reason varchar not null, decided_by varchar not null,
    decided_at timestamp not null, source varchar not null, table_name varchar not null, symbol varchar,
    session date, open double, high double, low double, close double, volume double,
    kind varchar, amount double, derived boolean, batch_id varchar, known_from timestamp
);
