-- A kill switch that was pulled while the run worked holds it too.
update runs set kill_switch = coalesce(kill_switch, $kill_switch) where run_id = $run_id;
