-- The vendor's own adjusted close of one session, the newest that it delivered.
select adj_close from vendor_adjusted where source = $source and symbol = $symbol and session = $session::date;
