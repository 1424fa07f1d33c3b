-- The strategic weight and the asset class of each target in the portfolio files of some runs.
select runs.run_id, target.symbol, target.asset_class, target.weight
from runs, unnest(from_json(
    json_extract(config, '$.target'), '[{"symbol": "VARCHAR", "asset_class": "VARCHAR", "weight": "DOUBLE"}]'
)) as targets (target)
where list_contains($runs, runs.run_id);
