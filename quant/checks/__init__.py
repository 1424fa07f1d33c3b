"""Risk checks, one file each, found by name.

A check file defines `measure(context: CheckContext) -> list[Measured]`, `CHECK`, its name in reports, and
`REFERENCE`, the rule of a regulator or of the industry that asks for it ("house" where none does).
It is pure: what it measures in each row of the context, against which limit, and which trades would make
that worse; a row is an account, or the portfolio. Its words come last: `Measured.words` is asked only for
what is shown. A check whose limit is None (not set in the portfolio file) measures nothing.
A file whose name starts with an underscore is not a check: `_judge.py` turns numbers and their limit into
statuses, `_orders.py` does so with numbers of orders, `_weights.py` with sums over weights, `_backcast.py`
with measures of weights on past returns. The committed cases of a check stand in
tests/quant/checks/cases/<file>.json; CI fails without them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from quant.book.book import Trade
from quant.book.holdings import Codes, Holdings, Mask, Places
from quant.market.panel import Floats

if TYPE_CHECKING:
    from quant.decision_inputs import DecisionInputs

Status = Literal["pass", "warn", "block", "unknown"]
STATUSES = ("absent", "pass", "warn", "unknown", "block")
"""The code of a finding's status is its place here: what is worse has the higher one."""
ABSENT, PASS, WARN, UNKNOWN, BLOCK = np.arange(5, dtype=np.int8)


@dataclass(frozen=True)
class CheckContext:
    """Everything a check may look at: the orders that are proposed for some rows, and what they hold.

    `quantity`, shape (rows, symbols), is signed, in shares, 0 where there is no order; `buy` and `sell`,
    shape (symbols,), are the limit prices of orders in the symbol's own unit. What `inputs` has of the market
    is aligned with the symbols: `evidence.returns` are simple total returns in the portfolio's currency,
    shape (sessions, symbols), NaN before a symbol's measurable history begins and where a close is missing,
    `benchmark` those of the benchmark, NaN without one; `previous_adjusted` is the last accepted close before
    the last session of the symbol's exchange, adjusted for splits and distributions up to it, in its own
    unit; `average_volume` the 20-session mean daily volume in shares; `stale` its sessions since the last
    accepted bar (0: fresh, NaN: never had one).
    """

    inputs: DecisionInputs
    holdings: Holdings
    quantity: Floats
    buy: Floats
    sell: Floats

    @classmethod
    def of(cls, inputs: DecisionInputs, trades: Sequence[Trade]) -> CheckContext:
        """One row: the inputs' own book, and trades of it."""
        places = [inputs.book.places[trade.symbol] for trade in trades]
        quantity, limits = np.zeros((1, len(inputs.book.symbols))), np.zeros(len(inputs.book.symbols))
        quantity[0, places] = [trade.signed for trade in trades]
        limits[places] = [trade.limit_price for trade in trades]
        return cls(inputs, Holdings.of(inputs.book), quantity, limits, limits)

    @cached_property
    def traded(self) -> Mask:
        """The symbols with an order."""
        return np.asarray(self.quantity != 0)

    @cached_property
    def trades(self) -> Mask:
        """Whether a row has any order, as a column: shape (rows, 1)."""
        return np.asarray(self.traded.any(axis=1))[:, None]

    @cached_property
    def bought(self) -> Mask:
        """The symbols with a buy."""
        return np.asarray(self.quantity > 0)

    @cached_property
    def held_or_traded(self) -> Mask:
        """The symbols that a row holds before the trades or trades."""
        return np.asarray((self.holdings.quantity != 0) | self.traded)

    @cached_property
    def notional(self) -> Floats:
        """Quantity at the close, in the portfolio's currency."""
        return np.asarray(np.abs(self.quantity) * np.nan_to_num(self.holdings.book.price))

    @cached_property
    def weights_after(self) -> Floats:
        """The weights once all trades are done at the close; NaN as `Holdings.weights`."""
        moved = self.quantity * np.nan_to_num(self.holdings.book.price) / self.holdings.value[:, None]
        return np.asarray(self.holdings.weights + moved)

    @cached_property
    def cash_after(self) -> Floats:
        """The cash once all trades are executed at their limit prices, shape (rows,)."""
        limits, fx = np.where(self.quantity < 0, self.sell, self.buy), np.nan_to_num(self.holdings.book.fx)
        if self.holdings.single:
            return self.holdings.cash - self.total(self.quantity * (limits * fx))
        return np.asarray(self.holdings.cash - self.total(self.quantity * limits * fx))

    @cached_property
    def cash_share(self) -> Floats:
        """`cash_after` ÷ value; NaN where the value is or is not positive."""
        return self.cash_after / np.where(self.holdings.value > 0, self.holdings.value, np.nan)

    def total(self, amounts: Floats, start: float = 0.0) -> Floats:
        """The sum over the orders of each row, shape (rows,): of a single portfolio in their sequence."""
        if self.holdings.single:
            return np.array([sum(amounts[0, self.sequence(0)].tolist(), start)])
        return np.asarray(start + amounts.sum(axis=1))

    def sequence(self, row: int) -> Places:
        """Where the symbols of a row's orders stand: sells first, then in book order."""
        return np.concatenate([np.flatnonzero(self.quantity[row] < 0), np.flatnonzero(self.bought[row])])

    @cached_property
    def known_past(self) -> dict[tuple[bool, int], Floats]:
        """Past returns of all rows that a check has worked out, by whether after the trades, and sessions."""
        return {}


class Words(NamedTuple):
    """What is allowed, and in one sentence with the numbers why trades are held ("" where none are)."""

    rule: str
    because: str = ""


@dataclass(frozen=True)
class Measured:
    """What a check found in one scope of each row: arrays (rows, 1); or of each symbol: (rows, symbols).

    `scope` is "class NAME", "scenario NAME" or "portfolio"; None: each symbol is its own. `status` has codes
    of `STATUSES`: what cannot be computed has value NaN and is UNKNOWN (the data check alone blocks then);
    WARN: the limit is breached, but no trade worsens it; ABSENT: nothing was looked at. `holds`, shape (rows,
    symbols), are the symbols that a BLOCK keeps from trading, whether or not a trade is proposed now. Where
    each symbol is its own scope a BLOCK keeps that symbol from trading, and where `holds` says so, all of the
    row. `words` gives those of one row and column. `by_trade`: the findings of a row come in the order of its
    trades.
    """

    scope: str | None
    value: Floats
    limit: float
    status: Codes
    words: Callable[[int, int], Words]
    holds: Mask | None = None
    by_trade: bool = False

    @property
    def blocks(self) -> Mask:
        """Which findings hold something."""
        return np.asarray(self.status == BLOCK)

    def holding(self, row: int, column: int) -> Mask:
        """The symbols that one finding of a row keeps from trading, shape (symbols,)."""
        if self.scope is not None:
            assert self.holds is not None
            return np.asarray(self.holds[row] & self.blocks[row, column])
        own = np.arange(self.status.shape[1]) == column
        whole = self.holds is not None and bool(self.holds[row, column])
        return np.asarray((own | whole) & self.blocks[row, column])


@dataclass(frozen=True)
class Finding:
    """One check's result in one scope, with its words.

    `status` and `scope` as in `Measured`. `holds` names the symbols that must not trade: empty unless
    `status` is "block". `rule` says in words what is allowed, and `because` why the trades are held: empty
    unless there are `holds`. `reference` is that of the check's file.
    """

    check: str
    scope: str
    value: float
    limit: float
    status: Status
    rule: str
    holds: frozenset[str] = frozenset()
    because: str = ""
    reference: str = ""
