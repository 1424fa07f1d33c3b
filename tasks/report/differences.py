"""What a later run of the same session says otherwise than the one before, and why. Pure."""

from collections.abc import Iterator
from itertools import chain

from tasks.context.words import number, quantity
from tasks.report.model import Report, TradeRow
from warehouse.tables.runs import StoredRun

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


def differences(before: Report, after: Report) -> Iterator[str]:
    """One sentence for each order, check and alert that is not as it was; none: the words alone changed."""
    old = {(row.side, row.symbol): row for row in before.trades}
    new = {(row.side, row.symbol): row for row in after.trades}
    yield from chain.from_iterable(_order(old.get(key), new.get(key)) for key in {**old, **new})
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
