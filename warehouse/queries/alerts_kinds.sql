select distinct kind from alert_states order by kind
