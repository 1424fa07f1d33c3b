insert into account_checks by name select * from incoming;
