-- The newest ended daily run of each portfolio that is not of a past session, and how many of its trades stand.
with newest as (
    select * from runs where flow = 'daily' and status <> 'running' and not historical
    qualify row_number() over (partition by portfolio order by session desc, started_at desc, rowid desc) = 1
)
select
    newest.run_id, newest.portfolio, newest.session, newest.status, newest.value, newest.started_at,
    count(trades.symbol) as trades, count(trades.symbol) filter (trades.status = 'held') as held,
    json_extract_string(newest.config, '$.currency') as currency
from newest left join trades using (run_id)
group by all
order by newest.portfolio;
