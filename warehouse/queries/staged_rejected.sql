-- Whether the suites rejected a bar of the staging file.
select exists (from staging.rejected where table_name = 'bars') as bars;
