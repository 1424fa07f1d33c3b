"""The days between two decisions: holdings that stand still, their worth, and when a run may trade."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np

from config.portfolio import Portfolio
from quant.backtest.screen import NEAR, may_rebalance
from quant.book.book import Book
from quant.book.drift import Bands
from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.market.schedule import MONTHS
from quant.policy.policy import FIXED
from quant.rebalance.pairs import situation, together
from quant.rebalance.rebalance import NOTHING_BEFORE
from tasks.backtest.held import Held
from tasks.backtest.market import Market


@dataclass(frozen=True)
class Still:
    """What a portfolio is worth on every session, as far as it is known.

    `worth` and `target` have the shape (sessions, symbols), `cash` (sessions,); value and cash are in the
    portfolio's currency. `book` is that of any session: only its symbols, classes and bands are read.
    `target_at` gives the weights in force on the session at a place.
    """

    market: Market
    portfolio: Portfolio
    book: Book
    target_at: Callable[[int], Floats]
    worth: Floats = field(init=False)
    cash: Floats = field(init=False)
    target: Floats = field(init=False)

    def __post_init__(self) -> None:
        shape = len(self.market.sessions), len(self.market.prices.symbols)
        for name, size in {"worth": shape, "target": shape, "cash": shape[0]}.items():
            object.__setattr__(self, name, np.zeros(size))

    def fill(self, held: Held, rows: slice) -> None:
        """What is held at the close of `held.at` stays on some sessions from then on."""
        prices = self.market.prices
        shares = held.shares(prices)
        self.worth[rows] = prices.worth(shares, rows)
        paid = prices.paid(shares, rows)
        if rows.start == held.at:
            paid[0] = 0.0  # it is in the cash already
        self.cash[rows] = held.cash + np.cumsum(paid)
        for first, end in self._periods(rows):
            self.target[first:end] = self.target_at(first)

    def may_trade(self, held: Held, rows: slice) -> Mask:
        """On which of some sessions a run may trade; shape (sessions,)."""
        found = self._harvestable(held, rows)
        for first, end in self._periods(rows):
            part = slice(first, end)
            found[first - rows.start : end - rows.start] |= may_rebalance(
                self._book(first), self.portfolio.rebalance, self.worth[part], self.cash[part],
                self._due[part], self._volatility(part),
            )  # fmt: skip
        return found

    def outside(self) -> Mask:
        """On which sessions any band is broken at the close; shape (sessions,)."""
        found = np.zeros(len(self.cash), bool)
        for first, end in self._periods(slice(0, len(self.cash))):
            book, rows = self._book(first), slice(first, end)
            bands = Bands(together(book), self.portfolio.rebalance)
            held = Holdings(book, self.worth[rows], self.cash[rows])
            found[rows] = situation(held, bands, due=False, past=NOTHING_BEFORE).drifts.breached.any(axis=1)
        return found

    def _book(self, place: int) -> Book:
        """The book with the targets in force, every price 1."""
        unit = np.ones(len(self.book.symbols))
        return Book(
            self.book.symbols, self.book.asset_classes, np.zeros_like(unit), unit, self.target[place], 0.0,
            unit, self.book.bands, self.book.replacements, self.book.definitions, self.book.ticks,
        )  # fmt: skip

    def _periods(self, rows: slice) -> Sequence[tuple[int, int]]:
        """The stretches of some sessions in which the targets stay the same."""
        policy = self.portfolio.allocation
        if policy.model == FIXED:
            return [(rows.start, rows.stop)]
        if policy.refit == "daily":
            return [(place, place + 1) for place in range(rows.start, rows.stop)]
        months = self.market.prices.days[rows].astype("datetime64[M]").astype(int) // MONTHS[policy.refit]
        cuts = [0, *(np.flatnonzero(np.diff(months)) + 1).tolist(), len(months)]
        return [(rows.start + a, rows.start + b) for a, b in pairwise(cuts)]

    @cached_property
    def _due(self) -> Mask:
        """On which sessions the policy's calendar asks for a rebalance."""
        calendar, sessions = self.portfolio.rebalance.calendar, self.market.sessions
        if calendar == "none":
            return np.zeros(len(sessions), bool)
        before = self.portfolio.exchange().sessions(sessions[0] - timedelta(days=15), sessions[0])[-2:]
        days = np.array([*before[:-1], *sessions], "datetime64[M]").astype(int) // MONTHS[calendar]
        return np.asarray(np.diff(days, prepend=days[0])[-len(sessions) :] > 0)

    def _volatility(self, rows: slice) -> Floats:
        """Where a rule reads it; else not known."""
        if self.portfolio.rebalance.volatility_band is None:
            return np.full(self.worth[rows].shape, np.nan)
        return self.market.volatility[rows]

    def _harvestable(self, held: Held, rows: slice) -> Mask:
        """On which sessions a lot of a pair lies so far below its cost that its loss may be taken."""
        tax, prices = self.portfolio.tax, self.market.prices
        found = np.zeros(rows.stop - rows.start, bool)
        if tax is None or tax.harvest is None:
            return found
        pairs = self.portfolio.replacements
        for lot in held.lots:
            if lot.symbol in {*pairs, *pairs.values()}:
                place = prices.symbols.index(lot.symbol)
                cost = (lot.cost_basis or 0.0) / prices.later[held.at, place]
                found |= prices.close[rows, place] <= cost * (1 - tax.harvest) * (1 + NEAR)
        return found
