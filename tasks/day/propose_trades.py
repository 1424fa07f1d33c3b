"""Step 4: the trades that would put the portfolio right, before anything is held."""

import logging
from collections.abc import Sequence

from quant.book.book import Trade as Proposed
from quant.decision_inputs import DecisionInputs
from tasks.context.context import Context
from tasks.context.step import step
from tasks.context.words import count
from tasks.snapshot import costing
from tasks.snapshot.between_steps import Known, known_of, settle
from tasks.snapshot.snapshot import Snapshot
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.found import Trade
from warehouse.tables.table import replace

log = logging.getLogger(__name__)

UNCHECKED = "the risk checks have not run"
"""Why a trade is held until `check_risk` has seen it: a run that fails in between proposes nothing."""


@step
def propose_trades(context: Context, run_id: str) -> None:
    """Size and price the trades that the policy asks for, and store them."""
    if known_of(context, run_id).snapshot.portfolio.accounts_digest:
        return  # each account's trades are proposed and checked in one pass, by `check_risk`

    def store(db: Database, _: Run, rows: Sequence[Trade]) -> None:
        replace(db, run_id, Trade, rows)

    rows = settle(context, run_id, _rows, store)
    log.info("proposed: %s, before the risk checks", count(len(rows), "trade"))


def _rows(known: Known) -> list[Trade]:
    return [trade_row(known.snapshot, known.inputs, trade, UNCHECKED) for trade in known.proposal.trades]


def trade_row(snapshot: Snapshot, inputs: DecisionInputs, trade: Proposed, held_because: str | None) -> Trade:
    """A trade as a row of its table; it expires at the close of the next session of its exchange."""
    lots, tax = costing.sold(trade, inputs)
    return Trade(
        symbol=trade.symbol,
        side=trade.side,
        quantity=trade.quantity,
        limit_price=trade.limit_price,
        notional=trade.notional,
        weight_before=trade.weight_before,
        weight_after=trade.weight_after,
        trigger=trade.trigger,
        rule=trade.rule,
        reason=trade.reason,
        expires=costing.expiry(snapshot, trade.symbol),
        cost=trade.cost,
        status="held" if held_because else "proposed",
        held_because=held_because,
        costs=costing.costs(trade, inputs),
        lots=lots,
        tax=tax,
    )
