select * exclude (digest, ordinal) from account_holdings
where digest = $digest and account = $account order by ordinal;
