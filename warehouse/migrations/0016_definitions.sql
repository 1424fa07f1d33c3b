-- The names of everything pluggable that a run computes with, and the versions of definitions (JSON); null in the runs
-- of before, whose rows tell what they had.
alter table runs add column definitions varchar;
