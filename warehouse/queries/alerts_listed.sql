-- What is not over, and what has fired since an instant; the newest first.
select * from alert_states where state <> 'resolved' or fired_at >= $since order by fired_at desc, symbol
