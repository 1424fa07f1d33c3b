select * from ledger where hash = $hash;
