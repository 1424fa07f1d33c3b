"""What the ledger knows of wash sales: losses of booked sales, and the shares that replace what they sold."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from config.holdings import Lot
from config.lot_rows import Parcel
from config.replaced import Histories, History, Replaced, unused
from quant.trading.replacements import Bought, Loss, Sale, matches
from tasks.orders.entries import Fill, key
from warehouse.record.entered import Entered

Split = Callable[[str, date], Decimal]
"""How many shares a share of a symbol has become since a day."""
Replacements = Mapping[Sale, list[Replaced]]
"""Of each booked sale the shares that replace some of it."""


def replacements(standing: Iterable[Entered[Fill]]) -> Replacements:
    """The replacing shares that fills which stand have recorded, by the sale whose loss they carry.

    A sale that was cancelled has none: its cancellation has given them their own cost and date back.
    """
    fills = [*standing]
    found: defaultdict[Sale, list[Replaced]] = defaultdict(list)
    there = {key(fill) for fill in fills}
    for fill in fills:
        for one in fill.said.replaced:
            if one.sale in there:
                found[one.sale].append(one)
    return found


def of_lot(found: Sequence[Replaced], acquired: date | None) -> Decimal:
    """The loss of a sale's lot that replacing shares carry, in the instrument's unit."""
    return sum((one.quantity * one.loss for one in found if one.sold == acquired), Decimal())


def histories(
    standing: Sequence[Entered[Fill]],
    portfolio: str,
    held: Mapping[str | None, Sequence[Lot]],
    window: int,
    split: Split,
) -> Histories:
    """What earlier fills of a portfolio have left, in shares of now; `held` are the lots of each account.

    What somebody has put into the holdings by hand has replaced what it can, though its cost may not say so.
    """
    done, fills = replacements(standing), defaultdict[tuple[str | None, str], list[Entered[Fill]]](list)
    for fill in standing:
        if fill.said.portfolio == portfolio and fill.said.lots is not None:
            fills[fill.said.account, fill.said.symbol].append(fill)
    found = {}
    for (account, symbol), own in fills.items():
        used: defaultdict[date, Decimal] = defaultdict(Decimal)
        for one in (one for fill in own for one in done.get(key(fill), ())):
            used[one.acquired] += one.quantity * split(symbol, max(one.day, one.bought))
        losses = [loss for fill in own for loss in _losses(fill, done.get(key(fill), ()), split)]
        found[account, symbol] = History(losses, dict(used))
        lots = [lot for lot in held.get(account, ()) if lot.symbol == symbol]
        _by_hand(found[account, symbol], lots, window)
    return found


def _by_hand(history: History, lots: Iterable[Lot], window: int) -> None:
    """Count what the lots that are held, and replace nothing by any fill, have replaced."""
    parcels = [Parcel(lot.acquired, Decimal(repr(lot.quantity)), None) for lot in lots]
    held = [Bought(day, quantity) for day, quantity in unused(parcels, history.used)]
    for match in [*matches(history.losses, held, window)]:
        history.reduced(match.loss, match.quantity)


def _losses(fill: Entered[Fill], done: Sequence[Replaced], split: Split) -> Iterator[Loss]:
    """The losses in a sale's lots that nothing has replaced, in shares of now."""
    said = fill.said
    for lot in said.lots or ():
        loss = lot.cost_basis - (said.net or said.price) if lot.cost_basis is not None else Decimal()
        if loss > 0:
            left = round(lot.quantity - of_lot(done, lot.acquired) / loss, 9)
            shares = split(said.symbol, said.booked_on)
            yield Loss(said.booked_on, lot.acquired, left * shares, loss / shares, key(fill))
