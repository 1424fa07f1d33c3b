insert into account_construction by name select * from incoming;
