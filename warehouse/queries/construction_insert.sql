insert into construction by name select * from incoming;
