select seq, hash from ledger_head;
