"""What the trades of many accounts cost, and the lots and taxes of their sales."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from quant.accounts import Accounts, Trades
from quant.accounts.lots import Days, Lots
from quant.book.holdings import Codes, Mask, Places
from quant.market.panel import Floats
from quant.policy.policy import Tax
from quant.trading.costs import Estimates, commissions, estimates
from quant.trading.lots import Part, Sale, leap_days
from quant.trading.trading_terms import TradingTerms

EXACT = 2.0**23
"""Shares from which on a number has no ninth decimal that could be rounded."""


@dataclass(frozen=True)
class Parts:
    """What sales take of lots, as columns in the order of the sales; each as `quant.trading.lots.Part` says.

    `sale` is the place of the sale that a part belongs to, `long` whether it is long-term.
    """

    sale: Places
    acquired: Days
    quantity: Floats
    cost_basis: Floats
    gain: Floats
    long: Mask
    disallowed: Floats


@dataclass(frozen=True)
class Sales:
    """The sales among some trades, as columns; each as `quant.trading.lots.Sale` says.

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


def costs_of(trades: Trades, accounts: Accounts, trading: TradingTerms) -> Estimates:
    """The estimated costs of every trade, shape (trades,), as if its account alone were trading."""
    size, symbol = np.abs(trades.quantity), trades.symbol
    market = (trading.half_spread, trading.volatility, trading.volume)
    return estimates(
        size, size * accounts.whole.price[symbol], trading.costs, *(column[symbol] for column in market)
    )


def sales_of(trades: Trades, accounts: Accounts, trading: TradingTerms) -> Sales | None:
    """The sale in every trade that is one, from its account's own lots; None without taxes.

    As `quant.trading.lots.sell` finds it for each. A sale with a loss near a purchase is left to that: which
    shares replace which is a sequence of matches.
    """
    tax, lots, sells = trading.tax, accounts.lots, np.flatnonzero(trades.quantity < 0)
    if tax is None or lots is None:
        return None
    account, symbol, size = trades.account[sells], trades.symbol[sells], -trades.quantity[sells]
    price = accounts.whole.price[symbol]
    sale, lot = _own(lots, account, symbol)
    net = _net(price, size, trading)[sale] - lots.cost_basis[lot]
    parts = _parts(sale, lot, lots, size, net, trading.day, tax)
    found = _summed(sells, parts, trading.day, tax)
    days = np.abs((np.datetime64(trading.day) - lots.acquired[lot]).astype(int))
    near = np.bincount(sale[days <= tax.wash_sale_days], minlength=len(sells)) > 0
    for i in np.flatnonzero(found.losing & near).tolist():
        one = trading.sale(lots.of(int(account[i]), int(symbol[i])), float(size[i]), float(price[i]))
        found.disallowed[i], found.tax[i] = one.disallowed, one.tax
        parts.disallowed[found.first[i] : found.first[i + 1]] = [part.disallowed for part in one.parts]
    return found


def _net(price: Floats, size: Floats, trading: TradingTerms) -> Floats:
    """The price of a share of each sale less its commission, as `TradingTerms.sale` counts it."""
    if trading.definitions.of("taxes") < 2:
        return price
    return np.asarray(price - commissions(size, size * price, trading.costs) / size)


def _own(lots: Lots, account: Codes, symbol: Codes) -> tuple[Places, Places]:
    """The lots that the sales can take, as pairs: the place of the sale, and of the lot."""
    count = len(lots.symbols)
    sale_of = np.full((len(lots.first) - 1) * count, -1, np.int32)
    sale_of[account.astype(np.int64) * count + symbol] = np.arange(len(account))
    sale = sale_of[lots.account.astype(np.int64) * count + lots.symbol]
    return sale[sale >= 0], np.flatnonzero(sale >= 0)


def _parts(sale: Places, lot: Places, lots: Lots, size: Floats, net: Floats, day: date, tax: Tax) -> Parts:
    """What the sales of so many shares take; `net` is the gain on a share of each lot."""
    acquired = lots.acquired[lot]
    long = _long(acquired, day, tax)
    rate = np.where(long, tax.long_rate, tax.short_rate)
    order = _ordered(sale, acquired.astype(int), lots.cost_basis[lot], net * rate, tax)
    taken = _taken(sale[order], lots.quantity[lot][order], size)
    order, taken = order[taken > 0], taken[taken > 0]
    return Parts(
        sale[order],
        acquired[order],
        taken,
        lots.cost_basis[lot][order],
        taken * net[order],
        long[order],
        np.zeros(len(order)),
    )


def _long(acquired: Days, day: date, tax: Tax) -> Mask:
    """Which lots are long-term on the day of the sale, as `quant.trading.lots.term`."""
    sold = np.datetime64(day)
    first = int(acquired.astype("datetime64[Y]").astype(int).min(initial=day.year - 1970)) + 1970
    leaps = np.array(leap_days(first, day.year), "datetime64[D]")
    between = np.searchsorted(leaps, sold, "right") - np.searchsorted(leaps, acquired, "right")
    return np.asarray((sold - acquired).astype(int) - between > tax.long_after)


def _ordered(sale: Places, acquired: Codes, basis: Floats, taxed: Floats, tax: Tax) -> Places:
    """The lots sale by sale, in the order in which the method sells them; of equals the oldest first."""
    keys: dict[str, tuple[Any, ...]] = {
        "fifo": (acquired, sale), "lifo": (-acquired, sale), "hifo": (acquired, -basis, sale),
        "minimum_tax": (acquired, taxed, sale),
    }  # fmt: skip
    return np.lexsort(keys[tax.method])


def _taken(sale: Places, quantity: Floats, size: Floats) -> Floats:
    """What each sale of so many shares takes of its lots, which stand in its order."""
    left, taken = size.copy(), np.zeros(len(sale))
    for rows in _ranks(sale):
        own = sale[rows]
        taken[rows] = np.minimum(left[own], quantity[rows])
        rest = left[own] - taken[rows]
        left[own] = np.where(rest < EXACT, np.round(rest, 9), rest)
    return taken


def _ranks(sale: Places) -> list[Places]:
    """Where the first rows of all sales stand, then the second ones, and so on; `sale` is sorted."""
    first = np.flatnonzero(np.diff(sale, prepend=-1))
    counts = np.diff(first, append=len(sale))
    return [first[counts > rank] + rank for rank in range(int(counts.max(initial=0)))]


def _summed(sells: Places, parts: Parts, day: date, tax: Tax) -> Sales:
    """The sums of the parts, one after the other as `sell` adds them, before anything is disallowed."""
    short, long, taxes = np.zeros((3, len(sells)))
    rate = np.where(parts.long, tax.long_rate, tax.short_rate)
    for rows in _ranks(parts.sale):
        own, gain, is_long = parts.sale[rows], parts.gain[rows], parts.long[rows]
        short[own] += np.where(is_long, 0.0, gain)
        long[own] += np.where(is_long, gain, 0.0)
        taxes[own] += gain * rate[rows]
    first = np.searchsorted(parts.sale, np.arange(len(sells) + 1))
    losing = np.bincount(parts.sale[parts.gain < 0], minlength=len(sells)) > 0
    until = day + timedelta(days=tax.wash_sale_days)
    return Sales(sells, parts, first, short, long, np.zeros(len(sells)), taxes, losing, until)
