"""Where the portfolio file of a run lies now."""

from pathlib import Path

from config import portfolio_file as portfolios
from warehouse.runs import Run


def file_of_run(home: Path, run: Run) -> Path | None:
    """The file that the run was made from; where it has moved, HOME's own of that name; None if it is gone.

    A run of before it was kept does not say where it lay.
    """
    recorded = Path(run.portfolio_file) if run.portfolio_file else None
    return recorded if recorded and recorded.exists() else portfolios.own(home).get(run.portfolio)
