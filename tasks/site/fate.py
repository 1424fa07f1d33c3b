"""What became of a run's orders: who decided what, what was filled at which price, what ended them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tasks.context.instants import instant as stored
from tasks.context.words import amount, instant, price, quantity
from tasks.orders import recommendations
from tasks.orders.entries import Fill
from tasks.orders.recommendations import Recommendation
from tasks.report.document import Importance, Row, Table, Tone, rest, row
from tasks.report.model import Report
from warehouse.database.database import Database
from warehouse.record.entered import Entered

TONES: dict[str, Tone] = {
    "approved": "good", "executed": "good", "rejected": "bad", "expired": "muted", "superseded": "muted",
    "withdrawn": "bad",
}  # fmt: skip
COLUMNS = ("order", "state", "filled", "average price", "commission")


@dataclass(frozen=True)
class Orders:
    """A run's orders as they stand, and their fills that were not cancelled."""

    orders: Sequence[Recommendation] = ()
    fills: Sequence[Entered[Fill]] = ()


def orders_of(db: Database, report: Report, now: datetime) -> Orders:
    """A run's orders as they stand now; none where it has none, or has failed."""
    if report.status == "failed" or not any(one.status == "proposed" for one in report.trades):
        return Orders()
    found = recommendations.ordered(db, report.run_id, now)
    return Orders(found, recommendations.standing(db, report.run_id) if found else ())


def fate(report: Report, found: Orders, show: str) -> Table:
    """A row for each order that may be done; no rows where nothing has happened to any of them."""
    fills: defaultdict[tuple[str, str], list[Fill]] = defaultdict(list)
    for one in found.fills:
        fills[one.said.symbol, one.said.side].append(one.said)
    units = {one.symbol: one.currency for one in report.trades}
    rows = tuple(
        _row(report, one, fills[one.symbol, one.side], units.get(one.symbol, report.currency))
        for one in found.orders
    )
    happened = any(one.state != "proposed" or one.approvals for one in found.orders)
    return Table(
        "fate", "What became of the orders", Importance.NEEDED, rest(show, len(rows)), COLUMNS,
        rows if happened else (), 2,
    )  # fmt: skip


def _row(report: Report, one: Recommendation, fills: Sequence[Fill], unit: str) -> Row:
    done = sum((fill.quantity for fill in fills), Decimal(0))
    paid = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    commission = sum((fill.commission for fill in fills), Decimal(0))
    return row(
        f"{one.side} {quantity(one.quantity)} {one.symbol}",
        one.state,
        f"{quantity(one.filled)} of {quantity(one.quantity)}" if one.filled else "–",
        price(float(paid / done), unit, report.currency) if done else "–",
        amount(float(commission)) if done else "–",
        tone=TONES.get(one.state, "plain"),
        notes=tuple(_told(report, one)),
    )


def _told(report: Report, one: Recommendation) -> Iterator[str]:
    """Who decided and why, a sentence for each decision."""
    for first in one.approvals:
        some = f" {quantity(first.quantity)} shares" if first.quantity is not None else ""
        yield f"approved{some} by {first.by} at {instant(stored(first.at), report.time_zone)}"
    if one.by is not None and one.at is not None and one.state != "approved":
        why = f": {one.reason}" if one.reason else ""
        said = "filled, entered" if one.state == "executed" else one.state
        yield f"{said} by {one.by} at {instant(stored(one.at), report.time_zone)}{why}"
    if one.state == "expired":
        yield f"nobody decided before {instant(stored(one.expires), report.time_zone)}"
