"""The life of a recommendation: proposed, approved, rejected, expired or executed.

Each change is an entry of the ledger and nothing is ever taken back. What has expired is seen from the clock;
it is entered only when somebody wanted to decide on it too late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from warehouse import ledger, results
from warehouse.connection import Database
from warehouse.ledger import Entry

State = Literal["proposed", "approved", "rejected", "expired", "executed"]
CHANGE, FILL = "recommendation", "fill"
"""The kinds of the ledger's entries; their subject is the run."""


@dataclass(frozen=True)
class Recommendation:
    """One trade of a run that may be done, and how far it has come.

    `filled` is in shares; it is executed from its first fill on. `by`, `at` and `reason` are of its last
    change, None while it is as it was proposed or has expired unseen.
    """

    run_id: str
    symbol: str
    side: str
    quantity: float
    limit_price: float
    expires: datetime
    state: State
    filled: float
    by: str | None
    at: datetime | None
    reason: str | None


def of_run(db: Database, run_id: str, now: datetime) -> dict[str, Recommendation]:
    """The recommendations of a run by symbol, as they stand now; a held trade is none."""
    changes = ledger.entries(db, (CHANGE, FILL), run_id)
    return {
        row["symbol"]: _stands(
            run_id, row, [one for one in changes if one.payload["symbol"] == row["symbol"]], now
        )
        for row in results.of_run(db, run_id, "trades")
        if row["status"] == "proposed"
    }


def _stands(run_id: str, trade: dict[str, Any], changes: Sequence[Entry], now: datetime) -> Recommendation:
    fills = [one for one in changes if one.kind == FILL]
    decided = [one for one in changes if one.kind == CHANGE]
    last = fills[-1] if fills else decided[-1] if decided else None
    state: State = "executed" if fills else decided[-1].payload["state"] if decided else "proposed"
    if state in {"proposed", "approved"} and now >= trade["expires"]:
        state, last = "expired", None
    return Recommendation(
        run_id,
        trade["symbol"],
        trade["side"],
        trade["quantity"],
        trade["limit_price"],
        trade["expires"],
        state,
        sum(float(one.payload["quantity"]) for one in fills),
        last.payload["by"] if last else None,
        last.at if last else None,
        last.payload["reason"] if last else None,
    )
