-- Between which sessions a delivery's minute bars lie: stored ones outside of them need not be read.
select min(session) as first_session, max(session) as last_session from staging.minutes;
