-- The checks, triggers and scenarios that a run has rows of; one from before triggers were stored has none of them.
select 'checks' as kind, "check" as name from checks where run_id = $run_id
union
select 'checks', "check" from account_checks where run_id = $run_id
union
select 'triggers', "trigger" from triggers where run_id = $run_id
union
select 'scenarios', regexp_extract(scope, '^scenario (.*)$', 1) from checks
where run_id = $run_id and "check" = 'max_stress_loss'
union
select 'scenarios', regexp_extract(scope, '^scenario (.*)$', 1) from account_checks
where run_id = $run_id and "check" = 'max_stress_loss'
order by kind, name;
