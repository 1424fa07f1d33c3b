select * exclude (digest, ordinal) from account_holdings where digest = $digest order by ordinal;
