-- Of some runs the newest entry of their end or of another beginning.
select subject, arg_max(kind, seq) as kind, arg_max(hash, seq) as hash from ledger
where list_contains($run_ids, subject) and kind in ('run', 'reopened')
group by subject;
