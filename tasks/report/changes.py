"""What has changed since the last message of a portfolio."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from tasks.context.words import quantity, some
from tasks.report.document import Note, note
from tasks.report.model import Previous, PreviousOrder, Report
from warehouse.database.database import Database
from warehouse.tables.found import Trade
from warehouse.tables.table import of_run

NAMED = 12
"""Of the orders that are new, gone or other so many are named."""


@dataclass(frozen=True)
class _Told:
    """A run of which somebody was told."""

    run_id: str
    session: date


def told_before(db: Database, run_id: str) -> Previous | None:
    """What the last message before a run's own recommended; None where there was none."""
    told = db.first(_Told, "run_told_before", run_id=run_id)
    if told is None:
        return None
    rows = of_run(db, told.run_id, Trade)
    orders = [
        PreviousOrder(row.symbol, row.side, row.quantity, row.limit_price)
        for row in rows
        if row.status == "proposed"
    ]
    return Previous(session=told.session.isoformat(), orders=orders)


def changes(report: Report) -> Iterator[Note]:
    """Which orders are new, gone or other than in the last message; nothing where nobody was told before."""
    before = report.previous
    if before is None:
        return
    now = {
        (one.side, one.symbol): PreviousOrder(one.symbol, one.side, one.quantity, one.limit_price)
        for one in report.trades
        if one.status == "proposed"
    }
    then = {(one.side, one.symbol): one for one in before.orders}
    listed = partial(some, most=NAMED)
    new = [" ".join(key) for key in now if key not in then]
    gone = [" ".join(key) for key in then if key not in now]
    other = list(_others([(then[key], now[key]) for key in now if key in then and then[key] != now[key]]))
    for what, names in (("New", new), ("No longer", gone), ("Changed", other)):
        if names:
            yield note(f"{what}: {listed(names)}.")
    if now and not (new or gone or other):
        yield note("The same orders.")


def _others(pairs: Sequence[tuple[PreviousOrder, PreviousOrder]]) -> Iterator[str]:
    """E.g. "SELL SPY 120 → 140"; the limit alone moves with every close and is worth no number."""
    moved = [(then, now) for then, now in pairs if then.quantity != now.quantity]
    for then, now in moved:
        yield f"{now.side} {now.symbol} {quantity(then.quantity)} → {quantity(now.quantity)}"
    if limits := len(pairs) - len(moved):
        yield f"the limit of {limits} more" if moved else f"the limit of {limits}"
