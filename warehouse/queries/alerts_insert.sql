insert into alerts by name select * from incoming;
