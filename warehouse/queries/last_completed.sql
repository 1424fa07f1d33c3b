-- The newest session that a portfolio has a finished run for.
select max(session) as session from runs where portfolio = $portfolio and status not in ('running', 'failed');
