"""What sales take of lots, what that gains, and what tax it is estimated to cost: for many sales at once.

Wash sales: IRS Publication 550, Investment Income and Expenses. Which shares replace which is a sequence of
matches (`quant.trading.replacements`), found sale by sale where a loss lies near a purchase.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from quant.book.holdings import Codes, Mask, Places
from quant.market.panel import Floats
from quant.policy.policy import Tax
from quant.trading.lots import Columns, Days, Lot, Term, long_term, order, rates
from quant.trading.replacements import Bought, Loss, matches

EXACT = 2.0**23
"""Shares from which on a number has no ninth decimal that could be rounded."""


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


@dataclass(frozen=True)
class Parts:
    """What sales take of lots, as columns in the order of the sales; each as `Part` says.

    `sale` is the place of the sale that a part belongs to, `long` whether it is long-term.
    """

    sale: Codes
    acquired: Days
    quantity: Floats
    cost_basis: Floats
    gain: Floats
    long: Mask
    disallowed: Floats


@dataclass(frozen=True)
class Sales:
    """Sales as columns; each as `Sale` says.

    `trade` is a sale's place among the trades. The parts of sale i are those from `first[i]` to
    `first[i + 1]`. `wash_until` is that of every sale that is `losing`.
    """

    trade: Places
    parts: Parts
    first: Places
    short_gain: Floats
    long_gain: Floats
    disallowed: Floats
    tax: Floats
    losing: Mask
    wash_until: date

    def sale(self, i: int) -> Sale:
        """One sale, by its place."""
        rows, parts = slice(self.first[i], self.first[i + 1]), self.parts
        columns = (parts.acquired, parts.quantity, parts.cost_basis, parts.gain, parts.long, parts.disallowed)
        found = tuple(
            Part(acquired, quantity, basis, gain, "long" if long else "short", disallowed)
            for acquired, quantity, basis, gain, long, disallowed in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        )
        return Sale(
            found,
            float(self.short_gain[i]),
            float(self.long_gain[i]),
            float(self.disallowed[i]),
            float(self.tax[i]),
            self.wash_until if self.losing[i] else None,
        )


@dataclass(frozen=True)
class Asked:
    """Sales, shape (sales,): of which `trade`, how many shares, each for a `price` less costs; on one `day`.

    Wash sales disallow the losses of the earliest-acquired lots first; `in_order_sold`: of those that the
    method sells first, as runs of before estimated it.
    """

    trade: Places
    size: Floats
    price: Floats
    day: date
    tax: Tax
    in_order_sold: bool = False


def sell(
    lots: Sequence[Lot], quantity: float, price: float, day: date, tax: Tax, *, in_order_sold: bool = False
) -> Sale:
    """The sale of `quantity` shares on `day`, each for `price` less costs, in the portfolio's currency.

    `lots` are those of one symbol, no two of one day, and together at least `quantity`. Quantities are
    multiples of 1e-9. Wash sales as in `Asked`.
    """
    asked = Asked(
        np.zeros(1, int), np.array([quantity], float), np.array([price], float), day, tax, in_order_sold
    )
    return sell_all(asked, np.zeros(len(lots), int), Columns.of(lots)).sale(0)


def sell_all(asked: Asked, sale: Codes, lots: Columns) -> Sales:
    """Many sales, each as `sell` has it; `sale` says which sale may take from each of the `lots`."""
    parts, count = _parts(asked, sale, lots), len(asked.size)
    first = np.searchsorted(parts.sale, np.arange(count + 1))
    losing = np.bincount(parts.sale[parts.gain < 0], minlength=count) > 0
    for i, bought in _near(asked, sale, lots, losing):
        rows = slice(first[i], first[i + 1])
        parts.disallowed[rows] = _disallowed(asked, parts, rows, bought)
    until = asked.day + timedelta(days=asked.tax.wash_sale_days)
    short, long, disallowed, tax = _sums(parts, count, asked.tax)
    return Sales(asked.trade, parts, first, short, long, disallowed, tax, losing, until)


def _parts(asked: Asked, sale: Codes, lots: Columns) -> Parts:
    """What the sales take, nothing of it disallowed."""
    price = asked.price[sale]
    places = order(sale, lots, lots.taxed(price, asked.day, asked.tax), asked.tax)
    taken = _taken(sale[places], lots.quantity[places], asked.size)
    places, taken = places[taken > 0], taken[taken > 0]
    own = lots.at(places)
    gain, long = taken * (price[places] - own.cost_basis), long_term(own.acquired, asked.day, asked.tax)
    return Parts(sale[places], own.acquired, taken, own.cost_basis, gain, long, np.zeros(len(places)))


def _taken(sale: Codes, quantity: Floats, size: Floats) -> Floats:
    """What each sale of so many shares takes of its lots, which stand in its order."""
    left, taken = size.copy(), np.zeros(len(sale))
    for rows in _ranks(sale):
        own = sale[rows]
        taken[rows] = np.minimum(left[own], quantity[rows])
        rest = left[own] - taken[rows]
        left[own] = np.where(rest < EXACT, np.round(rest, 9), rest)
    return taken


def _ranks(sale: Codes) -> list[Places]:
    """Where the first rows of all sales stand, then the second ones, and so on; `sale` is sorted."""
    first = np.flatnonzero(np.diff(sale, prepend=-1))
    counts = np.diff(first, append=len(sale))
    return [first[counts > rank] + rank for rank in range(int(counts.max(initial=0)))]


def _sums(parts: Parts, count: int, tax: Tax) -> Floats:
    """Short and long gains, what is disallowed, and taxes, shape (4, sales): one part after the other."""
    short, long, disallowed, taxes = found = np.zeros((4, count))
    rate = rates(parts.long, tax)
    for rows in _ranks(parts.sale):
        own, gain, is_long = parts.sale[rows], parts.gain[rows], parts.long[rows]
        short[own] += np.where(is_long, 0.0, gain)
        long[own] += np.where(is_long, gain, 0.0)
        disallowed[own] += parts.disallowed[rows]
        taxes[own] += (gain + parts.disallowed[rows]) * rate[rows]
    return found


def _near(asked: Asked, sale: Codes, lots: Columns, losing: Mask) -> Iterator[tuple[int, dict[date, float]]]:
    """Each losing sale that has lots acquired near its day, and these lots' quantities by their days."""
    days = np.abs((np.datetime64(asked.day) - lots.acquired).astype(int))
    near = np.flatnonzero((days <= asked.tax.wash_sale_days) & losing[sale])
    near = near[np.argsort(sale[near], kind="stable")]
    found, starts = np.unique(sale[near], return_index=True)
    for i, rows in zip(found.tolist(), np.split(near, starts[1:]), strict=False):
        yield i, dict(zip(lots.acquired[rows].tolist(), lots.quantity[rows].tolist(), strict=True))


def _disallowed(asked: Asked, parts: Parts, rows: slice, bought: Mapping[date, float]) -> list[float]:
    """What is disallowed of each part: the loss on as many shares as were `bought` near the sale and stay."""
    acquired, gains = parts.acquired[rows].tolist(), parts.gain[rows].tolist()
    taken = dict(zip(acquired, parts.quantity[rows].tolist(), strict=True))
    stays = {day: round(quantity - taken.get(day, 0.0), 9) for day, quantity in bought.items()}
    losses = {day: taken[day] for day, gain in zip(acquired, gains, strict=True) if gain < 0}
    covered = _as_sold(losses, stays) if asked.in_order_sold else _replaced(asked, losses, stays)
    return [
        -gain * covered[day] / taken[day] if covered.get(day) else 0.0
        for day, gain in zip(acquired, gains, strict=True)
    ]


def _replaced(asked: Asked, losses: Mapping[date, float], stays: Mapping[date, float]) -> dict[date, float]:
    """How many of the shares that each lot lost are replaced by what stays of others."""
    lost = [Loss(asked.day, day, _exact(quantity)) for day, quantity in losses.items()]
    bought = [Bought(day, _exact(quantity)) for day, quantity in stays.items()]
    covered = dict.fromkeys(losses, 0.0)
    for match in matches(lost, bought, asked.tax.wash_sale_days):
        covered[[*losses][match.loss]] += float(match.quantity)
    return covered


def _exact(quantity: float) -> Decimal:
    return Decimal(repr(round(quantity, 9)))


def _as_sold(losses: Mapping[date, float], stays: Mapping[date, float]) -> dict[date, float]:
    """As `_replaced`, in the order in which the method sells.

    What stays of the lot that is sold itself replaces nothing (Revenue Ruling 56-602).
    """
    left, found = {**stays}, dict.fromkeys(losses, 0.0)
    for day, quantity in losses.items():
        for acquired, most in left.items():
            used = min(most, quantity - found[day]) if acquired != day else 0.0
            left[acquired] = most - used
            found[day] += used
    return found
