"""What a run decided: the rows of its trades and checks, and how the trades were found."""

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.database.database import Database
from warehouse.tables.found import CheckRow, Construction, Trade
from warehouse.tables.table import replace


@dataclass(frozen=True)
class Decided:
    """Trades and checks in order; `construction` has one row, or none of accounts without an optimum."""

    trades: Sequence[Trade]
    checks: Sequence[CheckRow]
    construction: Sequence[Construction]

    def store(self, db: Database, run_id: str) -> None:
        """Keep all of it, instead of what the run had."""
        replace(db, run_id, Trade, self.trades)
        replace(db, run_id, CheckRow, self.checks)
        replace(db, run_id, Construction, self.construction)
