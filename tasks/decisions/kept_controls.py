"""What a run kept of its circumstances, for whoever shows, replays or explains it."""

from quant.rebalance.controls import Controls
from warehouse.runs import Run


def of(run: Run) -> Controls:
    """What a run kept; none for a run of before."""
    return Controls.model_validate_json(run.controls) if run.controls else Controls()
