-- The rule of a regulator or of the industry that asks for a check; null in the runs of before.
alter table checks add column reference varchar;
