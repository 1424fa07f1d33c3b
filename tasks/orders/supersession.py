"""One live recommendation: a newer run replaces what older ones left open.

A run replaces when it ends well: what it found is the newest that is known, also where that is nothing to
trade, and whether or not a message was sent. A failed run replaces nothing, and one for study only those for
study of its session. A run that did not know of a fill is withdrawn. Both ends are entries of the ledger,
whose `open` are the symbols of the orders that they ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.context.words import some
from tasks.orders import recommendations
from tasks.orders.entries import Booked, Cancellation, Fill, Orders, Supersession, Withdrawal, booking
from tasks.orders.recommendations import ENDS, OPEN, TOLERANCE, Recommendation
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import entered, ledger
from warehouse.record.anchors import AGAIN
from warehouse.runs import Run


@dataclass(frozen=True)
class Ended:
    """A run that another has replaced; `payload` is what its entry says, as JSON."""

    run_id: str
    payload: str

    @property
    def orders(self) -> Orders:
        """What that ended."""
        return Supersession.model_validate_json(self.payload)


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
    newer = db.column("runs_newer", run_id=run_id)
    if newer and not ledger.entries(db, (Supersession.KIND,), run_id):
        _supersede(db, run_id, newer[0], now)
    unknown = _unknown(db, run)
    if unknown:
        _withdraw(db, run_id, unknown, now)


def withdraw_newer(db: Database, booked: Sequence[Booked], now: datetime) -> list[str]:
    """Withdraw the ended runs that did not know of fills or cancellations which are booked now; their ids."""
    found: dict[str, list[Booked]] = {}
    for entry in booked:
        for run_id in db.column("runs_newer", run_id=entry.subject):
            found.setdefault(run_id, []).append(entry)
    return [run_id for run_id, entries in found.items() if _withdraw(db, run_id, entries, now)]


def standing(db: Database, run: Run, now: datetime) -> Standing:
    """Where a run stands; one that is running counts as it would end now."""
    by = [one.said.by_run for one in entered.entries(db, Supersession, run.run_id)]
    why = [one.said.reason for one in entered.entries(db, Withdrawal, run.run_id)]
    if run.status == "running":
        unknown = _unknown(db, run)
        why += [_reason(unknown)] if unknown else []
        older = {name: _orders(db, name, now) for name in _replaced(db, run.run_id, now)}
    else:
        older = {one.run_id: one.orders for one in db.select(Ended, "runs_replaced_by", run_id=run.run_id)}
    said = (_replaces(name, orders) for name, orders in older.items() if orders.open)
    return Standing(by[-1] if by else None, why[0] if why else None, tuple(said))


def _replaced(db: Database, run_id: str, now: datetime) -> list[str]:
    return db.column("runs_replaced", run_id=run_id, now=now)


def _supersede(db: Database, older: str, newer: str, now: datetime) -> None:
    orders = _orders(db, older, now)
    said = Supersession(
        by=f"run {newer}", by_run=newer, reason=None, open=orders.open, approved=orders.approved
    )
    entered.append(db, older, said, now)


def _withdraw(db: Database, run_id: str, unknown: Sequence[Booked], now: datetime) -> bool:
    """Withdraw what is left of a run; False where nothing is left, or it has ended already."""
    if ledger.entries(db, (*ENDS,), run_id):
        return False
    orders = _orders(db, run_id, now)
    if not orders.open:
        return False
    by, reason = unknown[-1].said.by, _reason(unknown)
    said = Withdrawal(by=by, reason=reason, open=orders.open, approved=orders.approved)
    entered.append(db, run_id, said, now)
    return True


def _is_left(one: Recommendation, now: datetime) -> bool:
    """Whether more of an order may be done."""
    rest = one.allowed - one.filled
    return one.state in OPEN or (one.state == "executed" and rest > TOLERANCE and now < one.expires)


def _orders(db: Database, run_id: str, now: datetime) -> Orders:
    """The symbols of whose orders something may still be done, and of these the approved."""
    known = recommendations.ordered(db, run_id, now)
    states = {one.symbol: one.state for one in known if _is_left(one, now)}
    approved = tuple(name for name in states if states[name] == "approved")
    return Orders(open=tuple(states), approved=approved)


def _unknown(db: Database, run: Run) -> list[Booked]:
    """Fills of other runs of the portfolio, and cancellations, since the run's holdings were read."""
    if run.known_entries is None:
        return []
    return [
        one
        for one in map(booking, ledger.entries(db, (Fill.KIND, Cancellation.KIND), since=run.known_entries))
        if one.subject != run.run_id and AGAIN not in one.payload and _portfolio(db, one) == run.portfolio
    ]


def _portfolio(db: Database, entry: Booked) -> str:
    name = entry.said.portfolio if isinstance(entry.said, Fill) else None
    return name or runs.load(db, entry.subject).portfolio


def _reason(unknown: Sequence[Booked]) -> str:
    first = unknown[0]
    said = first.said
    what = "the cancellation of a fill" if first.kind == Cancellation.KIND else "a fill"
    order = f"{said.side} {float(said.quantity):,.10g} {said.symbol}"
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    return f"it did not know of {what} of run {first.subject} ({order}){more}"


def _replaces(run_id: str, orders: Orders) -> str:
    approved = f", of which {some(orders.approved, 10)} approved" if orders.approved else ""
    return f"run {run_id} ({some(orders.open, 10)}{approved})"
