insert into volatility by name select * from incoming;
