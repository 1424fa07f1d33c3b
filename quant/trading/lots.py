"""Which lots a sale takes, what that gains, and what tax it is estimated to cost.

Dates and definitions: IRS Publication 550, Investment Income and Expenses (holding period; wash sales).
"""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from quant.policy.policy import Tax
from quant.trading.replacements import Bought, Loss, matches

Term = Literal["short", "long"]
UNTAXED = Tax(method="fifo", short_rate=0.0, long_rate=0.0)
"""What holds where a portfolio states no [tax]: the oldest lots first, long-term after a year."""


@dataclass(frozen=True)
class Lot:
    """Shares of one symbol bought on one day; `cost_basis` is per share, in the portfolio's currency."""

    symbol: str
    acquired: date
    quantity: float
    cost_basis: float


@dataclass(frozen=True)
class Part:
    """What a sale takes of one lot. `gain` is realised, `disallowed` the loss in it that is a wash sale's.

    Both in the portfolio's currency; `disallowed` is at least 0.
    """

    acquired: date
    quantity: float
    cost_basis: float
    gain: float
    term: Term
    disallowed: float = 0.0


@dataclass(frozen=True)
class Sale:
    """The parts of a sale, and their sums; gains before what is disallowed, `tax` after it (below 0: saved).

    `wash_until` is the last day on which buying the symbol makes the sale's loss, or more of it, a wash sale;
    None for a sale without a loss.
    """

    parts: tuple[Part, ...]
    short_gain: float
    long_gain: float
    disallowed: float
    tax: float
    wash_until: date | None


def sell(
    lots: Sequence[Lot], quantity: float, price: float, day: date, tax: Tax, *, in_order_sold: bool = False
) -> Sale:
    """The sale of `quantity` shares on `day`, each for `price` less costs, in the portfolio's currency.

    Wash sales disallow the losses of the earliest-acquired lots first; `in_order_sold`: of those that the
    method sells first, as runs of before estimated it. `lots` are those of one symbol, no two of one day, and
    together at least `quantity`. Quantities are multiples of 1e-9.
    """
    parts, left = [], quantity
    for lot in ordered(lots, price, day, tax):
        taken = min(left, lot.quantity)
        if taken > 0:
            gain = taken * (price - lot.cost_basis)
            parts.append(Part(lot.acquired, taken, lot.cost_basis, gain, term(lot.acquired, day, tax)))
        left = round(left - taken, 9)
    washed = (_washed_as_sold if in_order_sold else _washed)(parts, lots, day, tax.wash_sale_days)
    losing = any(part.gain < 0 for part in washed)
    return Sale(
        tuple(washed),
        sum((part.gain for part in washed if part.term == "short"), 0.0),
        sum((part.gain for part in washed if part.term == "long"), 0.0),
        sum((part.disallowed for part in washed), 0.0),
        sum(((part.gain + part.disallowed) * rate(part.term, tax) for part in washed), 0.0),
        day + timedelta(days=tax.wash_sale_days) if losing else None,
    )


def ordered(lots: Sequence[Lot], price: float, day: date, tax: Tax) -> list[Lot]:
    """The lots in the order in which the method sells them; of equals the oldest first."""
    oldest = sorted(lots, key=lambda lot: lot.acquired)
    if tax.method == "lifo":
        return oldest[::-1]
    if tax.method == "hifo":
        return sorted(oldest, key=lambda lot: -lot.cost_basis)
    if tax.method == "minimum_tax":
        return sorted(oldest, key=lambda lot: tax_per_share(lot, price, day, tax))
    return oldest


def tax_per_share(lot: Lot, price: float, day: date, tax: Tax) -> float:
    """The tax on the gain of one share of the lot, below 0 for a loss; wash sales are not looked at."""
    return (price - lot.cost_basis) * rate(term(lot.acquired, day, tax), tax)


def term(acquired: date, day: date, tax: Tax) -> Term:
    """Long after more than `long_after` days, the day of the sale counted and leap days not."""
    between = sum(acquired < leap <= day for leap in leap_days(acquired.year, day.year))
    return "long" if (day - acquired).days - between > tax.long_after else "short"


def leap_days(first: int, last: int) -> list[date]:
    """The leap days of some years, the last one included."""
    return [date(year, 2, 29) for year in range(first, last + 1) if isleap(year)]


def rate(term: Term, tax: Tax) -> float:
    """The tax rate on a gain of this term."""
    return tax.long_rate if term == "long" else tax.short_rate


def _washed(parts: Sequence[Part], lots: Sequence[Lot], day: date, window: int) -> list[Part]:
    """The parts with what is disallowed: losses on as many shares as were bought near the sale and stay."""
    losing = [place for place, part in enumerate(parts) if part.gain < 0]
    taken = {part.acquired: part.quantity for part in parts}
    bought = [
        Bought(lot.acquired, _exact(lot.quantity - taken.get(lot.acquired, 0.0)))
        for lot in lots
        if losing and abs((day - lot.acquired).days) <= window
    ]
    losses = [Loss(day, parts[place].acquired, _exact(parts[place].quantity)) for place in losing]
    covered = [0.0] * len(parts)
    for match in matches(losses, bought, window) if bought else ():
        covered[losing[match.loss]] += float(match.quantity)
    return [
        replace(part, disallowed=-part.gain * shares / part.quantity) if shares else part
        for part, shares in zip(parts, covered, strict=True)
    ]


def _exact(quantity: float) -> Decimal:
    return Decimal(repr(round(float(quantity), 9)))


def _washed_as_sold(parts: Sequence[Part], lots: Sequence[Lot], day: date, window: int) -> list[Part]:
    """The parts with what is disallowed: losses on as many shares as were bought near the sale and stay.

    What stays of the lot that is sold itself replaces nothing (Revenue Ruling 56-602).
    """
    taken = {part.acquired: part.quantity for part in parts}
    bought = {
        lot.acquired: round(lot.quantity - taken.get(lot.acquired, 0.0), 9)
        for lot in lots
        if abs((day - lot.acquired).days) <= window
    }
    found = []
    for part in parts:
        covered = 0.0
        for acquired in bought if part.gain < 0 else ():
            used = min(bought[acquired], part.quantity - covered) if acquired != part.acquired else 0.0
            bought[acquired] -= used
            covered += used
        found.append(replace(part, disallowed=-part.gain * covered / part.quantity) if covered else part)
    return found
