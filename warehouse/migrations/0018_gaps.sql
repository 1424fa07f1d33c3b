-- The holes in the prices that a run used: gaps, where a history begins anew, and the last price of what is stale.
alter table runs add column gaps varchar;
