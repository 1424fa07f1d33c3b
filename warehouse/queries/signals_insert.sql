insert into signals by name select * from incoming;
