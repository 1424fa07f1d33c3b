insert into account_trades by name select * from incoming;
