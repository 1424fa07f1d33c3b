insert into run_notices
select $run_id, $key
where not exists (select 1 from run_notices where run_id = $run_id and key = $key)
