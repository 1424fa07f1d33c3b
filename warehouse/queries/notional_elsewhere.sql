-- What the newest finished run of each other portfolio recommends on a session, not for study, in sum by currency.
with newest as (
    select run_id, json_extract_string(config, '$.currency') as currency from runs
    where flow = 'daily' and portfolio <> $portfolio and session = $session and not historical
        and status not in ('running', 'failed')
    qualify row_number() over (partition by portfolio order by finished_at desc, started_at desc, rowid desc) = 1
)
select currency, sum(notional) as notional from newest join trades using (run_id)
where trades.status = 'proposed'
group by currency;
