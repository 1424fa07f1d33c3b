-- The alerts of a session that concern a portfolio.
select * from alert_states
where session = $session
    and fingerprint in (select fingerprint from alert_portfolios where portfolio = $portfolio)
order by fired_at, symbol
