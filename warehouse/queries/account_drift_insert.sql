insert into account_drift by name select * from incoming;
