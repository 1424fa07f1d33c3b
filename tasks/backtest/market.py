"""What a backtest knows: one history, cut at each session as a run of that session would see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from config.portfolio import Portfolio
from quant.backtest.prices import Prices
from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, as_of, fill_forward, log_returns
from quant.volatility import close_to_close
from tasks.ingest.depth import lookback, timeline
from tasks.ingest.source_selection import due
from tasks.snapshot.panels import panel_of
from tasks.snapshot.prices import prices
from tasks.snapshot.snapshot import Snapshot
from warehouse.history import Window
from warehouse.runs import Run

MOST_KEPT = 512
"""Sessions whose market is kept for the next setting of a sweep: about 0.4 MB each of ten symbols."""
WORKED_OUT = ("evidence", "unrated", "stale")
"""What of a session's market is worked out once for all settings, with all that it rests on."""


@dataclass(frozen=True)
class Market:
    """The history of a portfolio's symbols, and what runs of its sessions would know of it.

    `run` and `portfolio` are those of the last session. `window` reaches back from there to the look-back of
    the first one and has a row for each day on which any of the portfolio's exchanges traded; `rows` are
    the places of the backtest's sessions in it.
    """

    run: Run
    portfolio: Portfolio
    last: Snapshot
    window: Window
    rows: npt.NDArray[np.intp]
    kept: dict[int, Snapshot] = field(default_factory=dict)

    @cached_property
    def sessions(self) -> Sequence[date]:
        """The sessions of the backtest."""
        days: list[date] = self.window.sessions[self.rows].tolist()
        return days

    def knows(self, portfolio: Portfolio) -> bool:
        """Whether another portfolio is about the same market."""
        return _market(portfolio) == _market(self.portfolio)

    def snapshot(self, session: int, portfolio: Portfolio, run: Run) -> Snapshot:
        """What a run of the session at a place among `sessions` would know, of a portfolio of this market."""
        if session not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[session] = found = self._cut(session)
            for name in WORKED_OUT:
                getattr(found, name)
        return self.kept[session].holding(portfolio, run)

    def _cut(self, session: int) -> Snapshot:
        day = self.sessions[session]
        run = replace(self.run, session=day)
        first, last = timeline(self.portfolio, day, self._depth)[0], self.rows[session]
        row = np.searchsorted(self.window.sessions, np.datetime64(first))
        window = self.window.part(int(row), int(last) + 1)
        panel = panel_of(window).known_until(due(self.portfolio, day, run.asked_at))
        return replace(self.last, run=run, window=window, panel=panel)

    @cached_property
    def _depth(self) -> int:
        return lookback()

    @cached_property
    def whole(self) -> Snapshot:
        """All that is known at the end, as far back as the window reaches."""
        return replace(self.last, window=self.window, panel=panel_of(self.window))

    @cached_property
    def prices(self) -> Prices:
        """The prices of the portfolio's symbols on its sessions."""
        return prices(self.whole, self.portfolio.symbols, self.rows)

    def measurable(self, session: int) -> Sequence[Panel]:
        """What the measures of a run of the session at a place would read, a panel for each exchange."""
        return [*self._cut(session).measurable.values()]

    @cached_property
    def totals(self) -> Floats:
        """The total-return close of each symbol in the portfolio's currency, shape (sessions, symbols).

        The last known one where a session has none.
        """
        symbols = self.portfolio.symbols
        worth = fill_forward(self.whole.totals(symbols)) * fill_forward(self.whole.fx(symbols))
        return as_of(worth, self.whole.days, self.prices.days)

    @cached_property
    def volatility(self) -> Floats:
        """The 20-session volatility of each symbol on each session, annualised, shape (sessions, symbols).

        NaN where a session lacks a close: there a run knows what it is.
        """
        count, panel = close_to_close.Parameters().window, self.whole.panel
        places = [panel.symbols.index(symbol) for symbol in self.portfolio.symbols]
        returns = log_returns(panel.total)[:, places]
        found = np.full(returns.shape, np.nan)
        view = np.lib.stride_tricks.sliding_window_view(returns, count, axis=0)
        found[count - 1 :] = np.std(view, axis=-1, ddof=1) * ANNUALISATION
        return found[self.rows]


def _market(portfolio: Portfolio) -> tuple[object, ...]:
    """The portfolio as far as the market depends on it."""
    return (
        portfolio.watched, portfolio.symbols, portfolio.replacements, portfolio.calendars,
        portfolio.calendar, portfolio.currencies, portfolio.currency, portfolio.calendar_override,
        portfolio.data,
    )  # fmt: skip
