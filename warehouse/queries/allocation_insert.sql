insert into allocation by name select * from incoming;
