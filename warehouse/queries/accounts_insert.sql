insert into accounts by name select * from incoming;
