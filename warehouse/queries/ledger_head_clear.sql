delete from ledger_head;
