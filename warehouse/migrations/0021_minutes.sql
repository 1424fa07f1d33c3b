-- Minute bars, versions like those of `bars`, the minutes that were rejected, and which bars a batch is of.
create table minutes (
    source varchar not null, symbol varchar not null, session date not null, instant timestamp not null,
    open double, high double, low double, close double not null, volume double, split double,
    batch_id varchar not null, known_from timestamp not null, known_to timestamp
);
create table rejected_minutes (
    batch_id varchar not null, source varchar not null, symbol varchar, session date, instant timestamp,
    rule varchar not null, words varchar not null, value double,
    open double, high double, low double, close double, volume double
);
alter table batches add column interval varchar default '1d';
alter table batches alter column interval set not null;
