-- The loads into a source that have not ended.
select run_id from runs where flow = 'load' and status = 'running' and source = $source;
