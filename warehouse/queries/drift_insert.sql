insert into drift by name select * from incoming;
