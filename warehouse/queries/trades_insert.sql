insert into trades by name select * from incoming;
