insert into fits by name from incoming anti join fits using (symbol, asymmetry, returns, made_with);
