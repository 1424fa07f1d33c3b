select * exclude (digest, ordinal) from account_holdings where digest = $digest and ($account is null or account = $account) order by ordinal;
