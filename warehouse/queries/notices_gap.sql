-- Since when a message about this session may have been sent that a restore has made unknown.
select min(taken_at) as since from restores where $session <= restored_at::date
