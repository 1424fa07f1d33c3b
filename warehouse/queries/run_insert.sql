-- A run as it begins.
insert into runs by name
select
    $run_id as run_id, $flow as flow, $portfolio as portfolio, $session::date as session, $source as source,
    $historical as historical, $started_at::timestamp as started_at, $started_at::timestamp as heartbeat,
    $owner as owner, 'running' as status, $config::json as config, $settings::json as settings,
    $versions::json as versions, $kill_switch as kill_switch, $url as url,
    $portfolio_file as portfolio_file, $definitions as definitions, $known_entries as known_entries,
    $last_rebalance::date as last_rebalance;
