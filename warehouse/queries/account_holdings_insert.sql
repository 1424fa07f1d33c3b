insert into account_holdings by name select * from incoming;
