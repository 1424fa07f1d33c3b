insert into restores values ($taken_at, $restored_at)
