"""Lots that replace shares sold at a loss: the loss goes into their cost, the time held into their date.

A lot that is matched in part becomes two, so that the rest can still replace something.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from config.lot_rows import Exact, Execution, Parcel, bought, mean, move, put, sheet_lots, sold
from config.sheet import Sheet
from quant.policy.policy import Strict, Tax
from quant.trading.replacements import Bought, Loss, Sale, matches, tacked


class Replaced(Strict):
    """Shares of one lot that replace as many of a sale's: whose they are, and the lot before and after.

    `sale` is the one whose loss of `loss` a share, in the instrument's unit, is disallowed, and `sold` when
    its shares were acquired. `bought` and `cost_basis` are those of the lot before, `acquired` and `adjusted`
    those of after.
    """

    sale: Sale
    day: date
    sold: date | None
    quantity: Exact
    loss: Exact
    bought: date
    cost_basis: Exact
    acquired: date
    adjusted: Exact

    @property
    def before(self) -> Parcel:
        """The shares as they were bought."""
        return Parcel(self.bought, self.quantity, self.cost_basis)

    @property
    def after(self) -> Parcel:
        """The shares as they stand in the file."""
        return Parcel(self.acquired, self.quantity, self.adjusted)


@dataclass
class History:
    """What earlier fills of one symbol have left: losses that nothing has replaced, and what did replace.

    `used` are the shares by the date that their lot has in the file now.
    """

    losses: list[Loss] = field(default_factory=list)
    used: dict[date, Decimal] = field(default_factory=dict)

    def reduced(self, place: int, quantity: Decimal) -> None:
        """So many shares of a loss are replaced now."""
        self.losses[place] = replace(self.losses[place], quantity=self.losses[place].quantity - quantity)


Histories = Mapping[tuple[str | None, str], History]
"""By account (None: the portfolio has none) and symbol."""


@dataclass(frozen=True)
class Outcome:
    """The lots that a sale took, and what was made of replacing shares."""

    lots: tuple[Parcel, ...] = ()
    replaced: tuple[Replaced, ...] = ()


def sell(sheet: Sheet, sales: Sequence[Execution], tax: Tax, past: History | None) -> Iterator[Outcome]:
    """Book a day's sales of a symbol; with a `past`, lots that were bought near them replace what is lost."""
    taken = [sold(sheet, one, tax) for one in sales]
    found: dict[Sale, list[Replaced]] = {one.fill: [] for one in sales}
    if past is not None:
        known = len(past.losses)
        past.losses += [loss for pair in zip(sales, taken, strict=True) for loss in _losses(*pair)]
        for one in _replacing(sheet, sales[0], known, tax, past):
            found[one.sale].append(one)
    for sale, lots in zip(sales, taken, strict=True):
        yield Outcome(lots, tuple(found[sale.fill]))


def _losses(sale: Execution, lots: Iterable[Parcel]) -> Iterator[Loss]:
    for lot in lots:
        if lot.cost_basis is not None and lot.cost_basis > sale.net:
            yield Loss(sale.day, lot.acquired, lot.quantity, lot.cost_basis - sale.net, sale.fill)


def _replacing(sheet: Sheet, sale: Execution, known: int, tax: Tax, past: History) -> Iterator[Replaced]:
    """The lots in the file that replace losses, from the place `known` on."""
    lots = [lot for lot in sheet_lots(sheet, sale) if lot.acquired and lot.cost_basis is not None]
    free = [Bought(day, quantity) for day, quantity in unused(lots, past.used)]
    costs = {lot.acquired: lot.cost_basis for lot in lots}
    for match in [*matches(past.losses[known:], free, tax.wash_sale_days)]:
        day, place = free[match.bought].day, known + match.loss
        one = _replaced(past, place, Parcel(day, match.quantity, costs[day]))
        move(sheet, sale, one.before, one.after)
        yield one


def buy(sheet: Sheet, one: Execution, tax: Tax, past: History | None) -> Outcome:
    """Book a purchase; with a `past`, the shares that replace some sold at a loss are lots of their own."""
    if past is None or not {"acquired", "cost_basis"} <= {*sheet.columns}:
        bought(sheet, one)
        return Outcome()
    fresh, left, found = Bought(one.day, one.quantity, fresh=True), one.quantity, []
    for match in [*matches(past.losses, [fresh], tax.wash_sale_days)]:
        found.append(_replaced(past, match.loss, Parcel(one.day, match.quantity, one.net)))
        put(sheet, one, found[-1].after)
        left -= match.quantity
    if left:
        put(sheet, one, Parcel(one.day, left, one.net))
    return Outcome(replaced=tuple(found))


def _replaced(past: History, place: int, lot: Parcel) -> Replaced:
    """Shares of a lot that replace some of the loss at `place`, which is so much smaller then."""
    loss = past.losses[place]
    assert lot.acquired is not None
    assert lot.cost_basis is not None
    found = Replaced(
        sale=loss.sale, day=loss.day, sold=loss.acquired, quantity=lot.quantity, loss=loss.loss,
        bought=lot.acquired, cost_basis=lot.cost_basis,
        acquired=tacked(lot.acquired, loss), adjusted=mean(lot.cost_basis + loss.loss),
    )  # fmt: skip
    past.reduced(place, lot.quantity)
    past.used[found.acquired] = past.used.get(found.acquired, Decimal()) + lot.quantity
    return found


def unused(lots: Iterable[Parcel], used: Mapping[date, Decimal]) -> Iterator[tuple[date, Decimal]]:
    """The shares of dated lots, by date, that replace nothing yet."""
    for lot in lots:
        if lot.acquired is not None:
            yield lot.acquired, max(lot.quantity - used.get(lot.acquired, Decimal()), Decimal())
