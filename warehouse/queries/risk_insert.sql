insert into risk by name select * from incoming;
