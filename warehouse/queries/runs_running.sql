select * from runs where status = 'running';
