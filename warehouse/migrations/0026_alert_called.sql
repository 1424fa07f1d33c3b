-- Whom an alert has called last, because nobody had acknowledged it.
alter table alert_portfolios add column called varchar;
