"""Step 4: the trades that would put the portfolio right, before anything is held."""

from typing import Any

from quant.book.book import Trade
from quant.decision_inputs import DecisionInputs
from tasks.context.context import Context
from tasks.context.step import step
from tasks.snapshot import costing
from tasks.snapshot.between_steps import Known, known_of, settle
from tasks.snapshot.snapshot import Snapshot
from warehouse import results
from warehouse.database.database import Database
from warehouse.results import Rows
from warehouse.runs import Run

UNCHECKED = "the risk checks have not run"
"""Why a trade is held until `check_risk` has seen it: a run that fails in between proposes nothing."""


@step
def propose_trades(context: Context, run_id: str) -> None:
    """Size and price the trades that the policy asks for, and store them."""
    if known_of(context, run_id).snapshot.portfolio.accounts_digest:
        return  # each account's trades are proposed and checked in one pass, by `check_risk`

    def store(db: Database, _: Run, rows: Rows) -> None:
        results.replace(db, run_id, "trades", rows)

    settle(context, run_id, _rows, store)


def _rows(known: Known) -> Rows:
    return [trade_row(known.snapshot, known.inputs, trade, UNCHECKED) for trade in known.proposal.trades]


def trade_row(
    snapshot: Snapshot, inputs: DecisionInputs, trade: Trade, held_because: str | None
) -> dict[str, Any]:
    """A trade as a row of its table; it expires at the close of the next session of its exchange."""
    return {
        "symbol": trade.symbol,
        "side": trade.side,
        "quantity": trade.quantity,
        "limit_price": trade.limit_price,
        "notional": trade.notional,
        "weight_before": trade.weight_before,
        "weight_after": trade.weight_after,
        "trigger": trade.trigger,
        "rule": trade.rule,
        "reason": trade.reason,
        "expires": snapshot.portfolio.exchange(snapshot.calendars[trade.symbol])
        .next_close(snapshot.run.session)
        .replace(tzinfo=None),
        "cost": trade.cost,
        "status": "held" if held_because else "proposed",
        "held_because": held_because,
    } | costing.columns(trade, inputs)
