"""One live recommendation: a newer run replaces what older ones left open.

A run replaces when it ends well: what it found is the newest that is known, also where that is nothing to
trade, and whether or not anybody was told. A failed run replaces nothing, and one for study only those for
study of its session. A run that did not know of a fill is withdrawn. Both ends are entries of the ledger,
whose `open` are the symbols of the orders that they ended.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.context.words import some
from tasks.orders import recommendations
from tasks.orders.recommendations import (
    CANCELLATION,
    FILL,
    OPEN,
    SUPERSESSION,
    TOLERANCE,
    WITHDRAWAL,
    Recommendation,
)
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.anchors import AGAIN
from warehouse.record.ledger import Entry
from warehouse.runs import Run

LIVE = frozenset({"recommended", "partial", "held", "no_action"})


@dataclass(frozen=True)
class Standing:
    """What a report says: the run that replaced this one, why this one is withdrawn, and what it replaces."""

    superseded_by: str | None
    withdrawn: str | None
    replaces: tuple[str, ...]


def settle(db: Database, run_id: str, now: datetime) -> None:
    """What follows from a run's end, in the same transaction; nothing from a failed one.

    A run that ends after a newer one is replaced at once.
    """
    run = runs.load(db, run_id)
    if run.flow != "daily" or run.status not in LIVE:
        return
    for older in _replaced(db, run_id, now):
        _supersede(db, older, run_id, now)
    newer = db.rows("runs_newer", run_id=run_id)
    if newer and not ledger.entries(db, (SUPERSESSION,), run_id):
        _supersede(db, run_id, newer[0]["run_id"], now)
    unknown = _unknown(db, run)
    if unknown:
        _withdraw(db, run_id, unknown, now)


def withdraw_newer(db: Database, booked: Sequence[Entry], now: datetime) -> list[str]:
    """Withdraw the ended runs that did not know of fills or cancellations which are booked now; their ids."""
    found: dict[str, list[Entry]] = {}
    for entry in booked:
        for row in db.rows("runs_newer", run_id=entry.subject):
            found.setdefault(row["run_id"], []).append(entry)
    return [run_id for run_id, entries in found.items() if _withdraw(db, run_id, entries, now)]


def standing(db: Database, run: Run, now: datetime) -> Standing:
    """Where a run stands; one that still works is told as it would end now."""
    ends = ledger.entries(db, (SUPERSESSION, WITHDRAWAL), run.run_id)
    by = [one.payload["by_run"] for one in ends if one.kind == SUPERSESSION]
    why = [one.payload["reason"] for one in ends if one.kind == WITHDRAWAL]
    if run.status == "running":
        unknown = _unknown(db, run)
        why += [_reason(unknown)] if unknown else []
        older = {name: _orders(db, name, now) for name in _replaced(db, run.run_id, now)}
    else:
        rows = db.rows("runs_replaced_by", run_id=run.run_id)
        older = {row["run_id"]: json.loads(row["payload"]) for row in rows}
    said = (_replaces(name, orders) for name, orders in older.items() if orders["open"])
    return Standing(by[-1] if by else None, why[0] if why else None, tuple(said))


def _replaced(db: Database, run_id: str, now: datetime) -> list[str]:
    return [row["run_id"] for row in db.rows("runs_replaced", run_id=run_id, now=now)]


def _supersede(db: Database, older: str, newer: str, now: datetime) -> None:
    said = {"by": f"run {newer}", "by_run": newer, "reason": None} | _orders(db, older, now)
    ledger.append(db, SUPERSESSION, older, said, now)


def _withdraw(db: Database, run_id: str, unknown: Sequence[Entry], now: datetime) -> bool:
    """Withdraw what is left of a run; False where nothing is left, or it has ended already."""
    if ledger.entries(db, (SUPERSESSION, WITHDRAWAL), run_id):
        return False
    orders = _orders(db, run_id, now)
    if not orders["open"]:
        return False
    said = {"by": unknown[-1].payload["by"], "reason": _reason(unknown)}
    ledger.append(db, WITHDRAWAL, run_id, said | orders, now)
    return True


def _is_left(one: Recommendation, now: datetime) -> bool:
    """Whether more of an order may be done."""
    rest = one.quantity - one.filled
    return one.state in OPEN or (one.state == "executed" and rest > TOLERANCE and now < one.expires)


def _orders(db: Database, run_id: str, now: datetime) -> dict[str, list[str]]:
    """The symbols of whose orders something may still be done, and of these the approved."""
    known = recommendations.ordered(db, run_id, now)
    states = {one.symbol: one.state for one in known if _is_left(one, now)}
    return {"open": [*states], "approved": [name for name in states if states[name] == "approved"]}


def _unknown(db: Database, run: Run) -> list[Entry]:
    """Fills of other runs of the portfolio, and cancellations, since the run's holdings were read."""
    if run.known_entries is None:
        return []
    return [
        one
        for one in ledger.entries(db, (FILL, CANCELLATION), since=run.known_entries)
        if one.subject != run.run_id and AGAIN not in one.payload and _portfolio(db, one) == run.portfolio
    ]


def _portfolio(db: Database, entry: Entry) -> str:
    return str(entry.payload.get("portfolio") or runs.load(db, entry.subject).portfolio)


def _reason(unknown: Sequence[Entry]) -> str:
    first = unknown[0]
    said = first.payload
    what = "the cancellation of a fill" if first.kind == CANCELLATION else "a fill"
    order = f"{said['side']} {float(said['quantity']):,.10g} {said['symbol']}"
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    return f"it did not know of {what} of run {first.subject} ({order}){more}"


def _replaces(run_id: str, orders: Mapping[str, Any]) -> str:
    approved = f", of which {some(orders['approved'], 10)} approved" if orders["approved"] else ""
    return f"run {run_id} ({some(orders['open'], 10)}{approved})"
