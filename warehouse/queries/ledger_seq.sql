-- The place of the newest entry of the ledger; 0 before there is one.
select coalesce(max(seq), 0) from ledger_head;
