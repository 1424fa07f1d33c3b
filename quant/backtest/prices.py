"""Prices of all days of a backtest, and what a holding that stands still is worth on each of them."""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Days, Floats


@dataclass(frozen=True)
class Prices:
    """What symbols cost on the days of a backtest; arrays have the shape (days, symbols).

    Prices, distributions and share counts are in shares of the last day: those of `days[i]` times `later[i]`,
    the product of the splits after it. `close` is the last accepted one (NaN before the first) and `fx` the
    last known rate of its unit; `open`, `high` and `low` are in the symbol's own unit, NaN without a bar.
    `distribution` is what one share pays on its ex-date, in the symbol's own unit; 0 on other days.
    """

    days: Days
    symbols: tuple[str, ...]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    fx: Floats
    distribution: Floats
    later: Floats

    def worth(self, shares: Floats, rows: slice) -> Floats:
        """The value of each position on some days, in the portfolio's currency; 0 of what is not held.

        `shares` (symbols,) are in shares of the last day.
        """
        held = np.zeros((len(self.days[rows]), len(self.symbols)))
        own = np.flatnonzero(shares)
        held[:, own] = shares[own] * (self.close[rows, own] * self.fx[rows, own])
        return held

    def paid(self, shares: Floats, rows: slice) -> Floats:
        """What `shares` of the last day are paid on each of some days, in the portfolio's currency."""
        own = np.flatnonzero(shares)
        fx = np.where(np.isnan(self.fx[rows, own]), 0.0, self.fx[rows, own])
        return np.asarray((self.distribution[rows, own] * fx) @ shares[own])
