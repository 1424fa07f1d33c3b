-- When a portfolio was last told of an alert, and how the alert stood then.
alter table alert_portfolios add column told_last timestamp;
alter table alert_portfolios add column told_as varchar;
update alert_portfolios set told_last = told_at, told_as = (
    select case when state = 'resolved' then 'resolved ' || strftime(resolved_at, '%Y-%m-%dT%H:%M:%SZ')
        else severity || case when confirmed then ' confirmed ' else ' unconfirmed ' end || state end
    from alert_states where alert_states.fingerprint = alert_portfolios.fingerprint
)
where told_at is not null;
