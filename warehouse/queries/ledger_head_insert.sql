insert into ledger_head values ($seq, $hash);
