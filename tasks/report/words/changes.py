"""What has changed: since the last message of a portfolio, and from a run to the next one of its session."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from typing import TypeVar

from tasks.context.words import number, quantity, some
from tasks.report.document import Note, note
from tasks.report.model import Previous, PreviousOrder, Report, TradeRow
from warehouse.database.database import Database
from warehouse.tables.found import Trade
from warehouse.tables.runs import StoredRun
from warehouse.tables.table import of_run

NAMED = 12
"""Of the orders that are new, gone or other so many are named."""

CAUSES = {
    "panel_digest": "the prices are others",
    "config": "the portfolio file or its holdings were changed",
    "kill_switch": "a kill switch was set or removed",
    "controls": "a halt, an override or another portfolio's trades changed what is allowed",
    "source": "another source was asked",
    "measures": "other measures were computed",
    "versions": "another version of Ballast or of a library computed it",
}
"""What of a run decides what it finds, and how it is told that it was not the same."""

Order = TypeVar("Order", PreviousOrder, TradeRow)


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
    now = [
        PreviousOrder(one.symbol, one.side, one.quantity, one.limit_price)
        for one in report.trades
        if one.status == "proposed"
    ]
    pairs = _paired(before.orders, now)
    listed = partial(some, most=NAMED)
    new = [f"{one.side} {one.symbol}" for then, one in pairs if then is None and one]
    gone = [f"{then.side} {then.symbol}" for then, one in pairs if one is None and then]
    other = list(_others([(then, one) for then, one in pairs if then and one and then != one]))
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


def differences(before: Report, after: Report) -> Iterator[str]:
    """One sentence for each order, check and alert that is not as it was; none: the words alone changed."""
    yield from chain.from_iterable(_order(old, new) for old, new in _paired(before.trades, after.trades))
    yield from _listed("now blocks", _blocks(after) - _blocks(before))
    yield from _listed("no longer blocks", _blocks(before) - _blocks(after))
    yield from _listed("new alert", _alerts(after) - _alerts(before))
    yield from _listed("alert no longer there", _alerts(before) - _alerts(after))


def reasons(before: StoredRun, after: StoredRun) -> list[str]:
    """Why a run may have found something else than the one before it, as far as what it used tells."""
    found = [words for name, words in CAUSES.items() if getattr(before, name) != getattr(after, name)]
    if after.status == "failed" and before.status != "failed":
        return [f"run {after.run_id} failed"]
    return found or ["what has become of its orders since then"]


def _order(old: TradeRow | None, new: TradeRow | None) -> Iterator[str]:
    if new is None:
        assert old is not None  # one of the two has it
        yield f"no longer: {_named(old)}"
    elif old is None:
        yield f"new: {_named(new)}{_held(new)}"
    elif _terms(old) != _terms(new):
        before = f"{quantity(old.quantity)}, limit {number(old.limit_price)}{_held(old)}"
        yield f"{_named(new)}{_held(new)}; before: {before}"


def _terms(row: TradeRow) -> tuple[float, float, str]:
    return row.quantity, row.limit_price, row.status


def _named(row: TradeRow) -> str:
    return f"{row.side} {quantity(row.quantity)} {row.symbol}, limit {number(row.limit_price)}"


def _held(row: TradeRow) -> str:
    return f", HELD: {row.held_because}" if row.status == "held" else ""


def _blocks(report: Report) -> set[str]:
    return {f"{row.check} ({row.scope})" for row in report.checks if row.status == "block"}


def _alerts(report: Report) -> set[str]:
    return {f"{row.severity} {row.kind} {row.symbol}".replace("_", " ") for row in report.alerts}


def _listed(what: str, names: set[str]) -> Iterator[str]:
    yield from (f"{what}: {name}" for name in sorted(names))


def _paired(before: Iterable[Order], after: Iterable[Order]) -> list[tuple[Order | None, Order | None]]:
    """Each order as it was and as it is, None where there is none: one side and symbol is one order."""
    old = {(one.side, one.symbol): one for one in before}
    new = {(one.side, one.symbol): one for one in after}
    return [(old.get(key), new.get(key)) for key in {**old, **new}]
