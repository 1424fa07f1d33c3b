-- The alerts that concern a portfolio and are of a session before this one, and not over.
select * from alert_states
where state <> 'resolved' and session < $session
    and fingerprint in (select fingerprint from alert_portfolios where portfolio = $portfolio)
order by fired_at, symbol
