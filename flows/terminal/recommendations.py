"""Recommendations and fills as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tasks.context.words import count, number, quantity

if TYPE_CHECKING:
    from quant.trading.slippage import Slippage
    from tasks.fills.cancellation import TakenBack
    from tasks.fills.importing import Cancelled, Filled, Imported
    from tasks.orders.realised_gains import Realised, Replacement
    from tasks.orders.recommendations import Recommendation

COLOURS = {
    "approved": "green",
    "executed": "green",
    "rejected": "red",
    "expired": "yellow",
    "proposed": "cyan",
    "superseded": "yellow",
    "withdrawn": "yellow",
}


def cancelled(done: TakenBack) -> Iterator[Text]:
    """The fill that was taken back, and which files it has left."""
    yield from fills([done.fill])
    yield from withdrawn(done.withdrawn)
    for file in done.files:
        yield Text(f"Written: {file}")


def states(rows: Sequence[Recommendation]) -> Iterator[Text]:
    """Each recommendation with where it stands, by whom and why."""
    if not rows:
        yield Text("Nothing was recommended.")
    for row in rows:
        order = f"{row.side} {quantity(row.quantity)} {row.symbol}, limit {number(row.limit_price)}"
        yield Text.assemble(f"{order}: ", (row.state, COLOURS[row.state]), _approvals(row), _how(row))


def _approvals(row: Recommendation) -> str:
    """The first approval where a second is needed, and how few shares were approved."""
    fewer = f" for {quantity(row.allowed)} shares" if row.allowed < row.quantity else ""
    if row.state == "proposed" and row.approvals:
        return f", approved{fewer} by {row.approvals[0].by} and waiting for a second person"
    return fewer if row.state == "approved" else ""


def _how(row: Recommendation) -> str:
    filled = f", {quantity(row.filled)} of {quantity(row.quantity)} filled" if row.filled else ""
    why = f": {row.reason}" if row.reason else ""
    if row.by and row.at:
        return f"{filled} by {row.by} on {row.at:%Y-%m-%d %H:%M} UTC{why}"
    when = f"{row.expires:%Y-%m-%d %H:%M} UTC"
    return f"{filled} {when}" if row.state == "expired" else f"{filled}, expires {when}"


def imported(done: Imported) -> Iterator[Text]:
    """What an import brought, and which files it changed."""
    out = f"; {done.cancelled} of them cancelled, which stay out" if done.cancelled else ""
    yield Text(f"{count(len(done.fills), 'new fill')}, {done.known} known already{out}.")
    yield from fills(done.fills) if done.fills else ()
    yield from withdrawn(done.withdrawn)
    for file in done.files:
        yield Text(f"Written: {file}")


def withdrawn(run_ids: Sequence[str]) -> Iterator[Text]:
    """The runs that did not know of it."""
    for run_id in run_ids:
        yield Text(
            f"Run {run_id} did not know of it and is withdrawn: trade nothing of it, run the day again.",
            style="yellow",
        )


def fills(rows: Sequence[Filled]) -> Iterator[Text]:
    """Each fill with its slippage and gains; of several, the sum of those that stand."""
    if not rows:
        yield Text("No fill was imported.")
    for row in rows:
        whose = f" for {row.account}" if row.account else ""
        paid = f"{row.side} {quantity(row.quantity)} {row.symbol} at {number(row.price)}{whose}"
        cost = f", commission {number(row.commission)}" if row.commission else ""
        yield Text(f"{row.run_id}  {paid}{cost}  ({row.id}, {row.filled_at or 'no time'})")
        if row.cancelled:
            yield Text(f"    cancelled {_by(row.cancelled)}: {row.cancelled.reason}", style="red")
            continue
        against = f"close {number(row.close)}: {_slippage(row.against_close)}"
        limit = f"limit {number(row.limit_price)}: {_slippage(row.against_limit)}"
        yield Text(f"    slippage against {against}; {limit}", style="dim")
        yield from map(_realised, row.lots)
        yield from map(_replaces, row.replaces)
    standing = [row for row in rows if not row.cancelled]
    if len(standing) > 1:
        for currency in dict.fromkeys(row.currency for row in standing):
            yield from _sums([row for row in standing if row.currency == currency], currency or "")


def _sums(rows: Sequence[Filled], currency: str) -> Iterator[Text]:
    """What several fills in one currency have cost and realised together."""
    close = sum(row.against_close.amount for row in rows)
    limits = sum(row.against_limit.amount for row in rows)
    cost = f"{number(close)} against the closes, {number(limits)} against the limits"
    yield Text(f"In all {cost}{f', in {currency}' if currency else ''}.")
    found = [row.gain for row in rows if row.lots]
    known = [gain for gain in found if gain is not None]
    unknown = (
        f"; of {count(len(found) - len(known), 'sale')} it is not known" if len(known) < len(found) else ""
    )
    lost = sum(lot.disallowed for row in rows for lot in row.lots)
    washed = f", of which losses of {number(lost)} are disallowed" if lost else ""
    if known:
        unit = f" {currency}" if currency else ""
        yield Text(f"Realised gains of {number(sum(known))}{unit}{washed}{unknown}.")


def _by(one: Cancelled) -> str:
    return f"by {one.by} on {one.at:%Y-%m-%d %H:%M} UTC"


def _realised(lot: Realised) -> Text:
    bought = f" bought on {lot.acquired}" if lot.acquired else ""
    if lot.gain is None:
        return Text(f"    sold {quantity(lot.quantity)}{bought}, whose cost is not known", style="dim")
    term = f"{lot.term}-term " if lot.term else ""
    what = f"{term}{'gain' if lot.gain >= 0 else 'loss'} of {number(abs(lot.gain))}"
    what += f", of which {number(lot.disallowed)} is disallowed" if lot.disallowed else ""
    return Text(f"    sold {quantity(lot.quantity)}{bought} at {number(lot.cost_basis)}: {what}", style="dim")


def _replaces(one: Replacement) -> Text:
    what = f"{quantity(one.quantity)} replace shares sold at a loss on {one.sold_on}"
    cost = f"the loss of {number(one.loss)} is in their cost, {number(one.cost_basis)} a share"
    return Text(f"    {what}: {cost}, and they count as held since {one.acquired}", style="dim")


def _slippage(found: Slippage) -> str:
    """Positive: it cost that much more than the reference."""
    return f"{found.basis_points:+,.1f} bp, {found.amount:+,.2f}"
