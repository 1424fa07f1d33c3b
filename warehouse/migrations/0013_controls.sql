-- What people decided and other runs did, as far as the run depended on it (JSON); null in the runs of before.
alter table runs add column controls varchar;
