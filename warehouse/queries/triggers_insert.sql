insert into triggers by name select * from incoming;
