select count(*) as lots from account_holdings where digest = $digest;
