"""What is recorded of a portfolio over a stretch of time, and the prices of what it held."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from config.holdings import Lot
from config.portfolio import Portfolio, stored
from quant.market.panel import Days, Floats
from quant.market.returns import as_of
from quant.performance.time_weighted import Grown, grown
from tasks.ingest.depth import timeline
from tasks.ingest.source_selection import serving
from tasks.orders.entries import Fill
from tasks.orders.recommendations import standing
from tasks.report.performance import Recorded, recorded
from tasks.snapshot import definitions
from tasks.snapshot.panels import panel_of
from tasks.snapshot.prices import worth
from tasks.snapshot.snapshot import NOTHING, Snapshot
from warehouse import history, runs
from warehouse.database.database import Database
from warehouse.record.entered import Entered
from warehouse.runs import Run

FEWEST = 2
"""Recorded sessions: a return is between two."""


@dataclass(frozen=True)
class Weight:
    """What an instrument was of the value in a run."""

    run_id: str
    symbol: str
    weight: float


@dataclass(frozen=True)
class Aim:
    """The strategic weight of a target in a run, and its class."""

    run_id: str
    symbol: str
    asset_class: str
    weight: float


@dataclass(frozen=True)
class Stretch:
    """The recorded values of a portfolio, at least two, and what was held and aimed at then.

    `run` is the last of them and `portfolio` its file; `fills` are those since the first day that its
    holdings have. `market` has the prices of all that was held, aimed at or traded.
    """

    run: Run
    portfolio: Portfolio
    rows: Sequence[Recorded]
    weights: Sequence[Weight]
    aims: Sequence[Aim]
    fills: Sequence[Entered[Fill]]
    market: Snapshot
    sessions: Days = field(repr=False)

    @cached_property
    def days(self) -> Days:
        """The recorded sessions."""
        return np.array([row.session for row in self.rows], "datetime64[D]")

    @cached_property
    def values(self) -> Floats:
        """The value at the close of each."""
        return np.array([row.value for row in self.rows])

    @cached_property
    def flows(self) -> Floats:
        """What came in between the value before and each; that of the first is 0."""
        found = np.array([row.flows for row in self.rows], float)
        return np.asarray(np.concatenate([[0.0], found[1:] - found[:-1]]), np.float64)

    @cached_property
    def grown(self) -> Grown:
        """What one unit became between two of them."""
        return grown(self.values, self.flows, self.days, self.sessions)

    @cached_property
    def index(self) -> Floats:
        """What one unit at the first close has become."""
        return np.asarray(np.cumprod(self.grown.growth), np.float64)

    def worth(self, symbols: Sequence[str]) -> Floats:
        """What a share of each has come to on the recorded days, shape (days, symbols)."""
        return as_of(worth(self.market, symbols), self.market.days, self.days)


def stretch(db: Database, run: Run, start: date | None, end: date | None = None) -> Stretch | None:
    """What is recorded up to a run from the first session on that is not before `start`; None: below two.

    `start` None: from the first that is recorded.
    """
    rows = [
        row
        for row in recorded(db, run)
        if (start is None or row.session >= start) and (end is None or row.session <= end)
    ]
    if len(rows) < FEWEST:
        return None
    last = runs.load(db, rows[-1].run_id)
    portfolio = stored(last.config)
    ids = [row.run_id for row in rows]
    weights = db.select(Weight, "recorded_weights", runs=ids)
    aims = db.select(Aim, "recorded_targets", runs=ids)
    fills = _fills(db, last, rows[0].session)
    symbols = {one.symbol for one in weights} | {one.symbol for one in aims}
    symbols |= {one.said.symbol for one in fills}
    sessions = portfolio.exchange().sessions(rows[0].session, rows[-1].session)
    return Stretch(
        run=last,
        portfolio=portfolio,
        rows=rows,
        weights=weights,
        aims=aims,
        fills=fills,
        market=_market(db, last, _with(db, portfolio, symbols, (*weights, *aims)), len(sessions)),
        sessions=np.union1d(np.array(sessions, "datetime64[D]"), np.array([one.session for one in rows])),
    )


def base(db: Database, run: Run, first: date, end: date | None = None) -> date:
    """The last recorded session before a day, up to a run; the day itself where there is none."""
    days = [row.session for row in recorded(db, run) if end is None or row.session <= end]
    return max((day for day in days if day < first), default=first)


def booked(fill: Entered[Fill]) -> date:
    """The day on which a fill changed holdings; of an older entry, that of its import."""
    return fill.said.day or fill.at.date()


def _fills(db: Database, last: Run, start: date) -> list[Entered[Fill]]:
    """What was recommended at the close of `start` or later and is in the holdings of the last run."""
    found = []
    for fill in standing(db):
        known = last.known_entries is None or fill.seq <= last.known_entries
        if known and start <= booked(fill) <= last.session and fill.said.portfolio in {last.portfolio, None}:
            run = runs.load(db, fill.subject)
            if run.portfolio == last.portfolio and run.session >= start:
                found.append(fill)
    return found


def _with(db: Database, portfolio: Portfolio, symbols: set[str], seen: Sequence[Weight | Aim]) -> Portfolio:
    """The portfolio with symbols of before, each as the last file that had it says."""
    more = sorted(symbols - {*portfolio.watched})
    last = {one.symbol: one.run_id for one in seen}
    files = {symbol: stored(runs.load(db, last[symbol]).config) for symbol in more if symbol in last}
    instruments = [row for symbol, file in files.items() for row in file.instrument if row.symbol == symbol]
    lots = (*portfolio.lots, *(Lot(symbol=symbol, quantity=0.0) for symbol in more))
    own = {row.symbol for row in portfolio.instrument}
    told = (*portfolio.instrument, *(row for row in instruments if row.symbol not in own))
    return portfolio.model_copy(update={"lots": lots, "instrument": told})


def _market(db: Database, run: Run, portfolio: Portfolio, count: int) -> Snapshot:
    """The prices of the portfolio's symbols over `count` sessions, as known to the run."""
    found = serving(db, run, portfolio)
    window = history.window(
        db, found.read_from, timeline(portfolio, run.session, count), run.known_at or NOTHING
    )
    computes = definitions.of(db, run)
    return Snapshot(
        run, portfolio, window, panel_of(window), [], found.served_by, found.disputed, computes, {}
    )  # fmt: skip
