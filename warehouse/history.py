"""Bars and actions as known at one instant, as arrays for the maths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from warehouse.database.database import Database

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.tables.batches import Interval

FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Window:
    """As-traded history. Arrays have the shape (sessions, symbols); NaN means no accepted value.

    `splits` (1 where none) and `distributions` (0 where none; currency per as-traded share) stand on the
    first session of the window from the ex-date on; `derived` says which of these only adjusted closes tell.
    """

    sessions: npt.NDArray[np.datetime64]
    symbols: tuple[str, ...]
    bars: dict[str, npt.NDArray[np.float64]]
    splits: npt.NDArray[np.float64]
    distributions: npt.NDArray[np.float64]
    derived: npt.NDArray[np.bool_]

    def part(self, first: int, end: int) -> Window:
        """The same history from the row `first` to the one before `end`, as if it had been read alone."""
        rows = slice(first, end)
        splits, distributions = self.splits[rows].copy(), self.distributions[rows].copy()
        derived = self.derived[rows].copy()
        splits[:1], distributions[:1], derived[:1] = 1.0, 0.0, False
        bars = {field: values[rows] for field, values in self.bars.items()}
        return Window(self.sessions[rows], self.symbols, bars, splits, distributions, derived)


def window(
    db: Database, served_by: Mapping[str, str], sessions: Sequence[date], known_at: datetime
) -> Window:
    """What was known at `known_at` on the sessions, nothing later than the last of them.

    `served_by` tells the one source of each symbol: histories of two vendors are never spliced.
    """
    symbols = tuple(served_by)
    shape = (len(sessions), len(symbols))
    bars = {field: np.full(shape, np.nan) for field in FIELDS}
    splits, distributions, derived = np.ones(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    asked = {"symbol": symbols, "source": [*served_by.values()], "ordinal": range(len(symbols))}
    days = {"session": sessions, "ordinal": range(len(sessions))}
    scope = {"known_at": known_at, "first": sessions[0], "last": sessions[-1]}
    with db.incoming(asked=asked, days=days):
        found = db.arrow("panel_bars", **scope)
        actions = db.arrow("recent_actions", **scope)
    place = (found["row"].to_numpy(), found["column"].to_numpy())
    for field in FIELDS:
        bars[field][place] = found[field].to_numpy()
    index = np.array(sessions, dtype="datetime64[D]")
    _apply(actions, index, splits, distributions, derived)
    return Window(index, symbols, bars, splits, distributions, derived)


@dataclass(frozen=True)
class Offer:
    """What one source has of one symbol: its newest accepted bar, and its close on the session due."""

    symbol: str
    source: str
    newest: date | None
    close: float | None


def offers(
    db: Database,
    run_id: str,
    sources: Sequence[str],
    due: Mapping[str, date],
    known_at: datetime,
) -> list[Offer]:
    """What each source has of each symbol up to the session that is `due`, as known; both in their order.

    A bar of that session does not count where the run's own batches had one, or an action, rejected: an older
    version of it may have been accepted, but is in doubt now.
    """
    asked = {"symbol": [*due], "session": [*due.values()], "ordinal": range(len(due))}
    preferred = {"source": sources, "rank": range(len(sources))}
    with db.incoming(asked=asked, preferred=preferred):
        return db.select(Offer, "offers", run_id=run_id, known_at=known_at)


@dataclass(frozen=True)
class Source:
    """A source whose rows are stored, and since when."""

    source: str
    since: datetime


def stored_sources(db: Database, interval: Interval = "1d") -> list[Source]:
    """The sources whose bars are stored, by name."""
    return db.select(Source, "stored_sources", interval=interval)


@dataclass(frozen=True)
class Newest:
    """Whose run fetched the newest bar of a symbol at a source; None where its batch belongs to none."""

    source: str
    symbol: str
    run_id: str | None


def newest_fetched(
    db: Database, prices: Sequence[tuple[str, str]], due: Mapping[str, date], known_at: datetime
) -> list[Newest]:
    """Whose run fetched the newest bar of each (source, symbol) up to the session due."""
    sources, symbols = zip(*prices, strict=True)
    asked = {"source": sources, "symbol": symbols, "session": [due[symbol] for symbol in symbols]}
    with db.incoming(asked=asked):
        return db.select(Newest, "newest_fetched", known_at=known_at)


@dataclass(frozen=True)
class Rate:
    """The close of a currency pair on a session."""

    symbol: str
    session: date
    close: float


def rates(db: Database, served_by: Mapping[str, str], session: date, known_at: datetime) -> list[Rate]:
    """The newest rate of each pair, of its own source, up to `session`."""
    asked = {"symbol": [*served_by], "source": [*served_by.values()], "ordinal": range(len(served_by))}
    with db.incoming(asked=asked):
        return db.select(Rate, "rates", session=session, known_at=known_at)


def minutes(
    db: Database, source: str, symbols: Sequence[str], first: date, last: date, known_at: datetime
) -> pa.Table:
    """The minute bars of symbols and sessions as known, by symbol and instant: the columns of `Minute`."""
    scope = {"symbols": list(symbols), "first": first, "last": last, "known_at": known_at}
    return db.arrow("minutes_known", source=source, **scope)


def _apply(
    actions: pa.Table,
    index: npt.NDArray[np.datetime64],
    splits: npt.NDArray[np.float64],
    distributions: npt.NDArray[np.float64],
    derived: npt.NDArray[np.bool_],
) -> None:
    """Put actions on their sessions: several splits multiply, several distributions add up."""
    row, column = np.searchsorted(index, actions["ex_date"].to_numpy()), actions["column"].to_numpy()
    value = actions["value"].to_numpy()
    split = actions["kind"].to_numpy() == "split"
    np.multiply.at(splits, (row[split], column[split]), value[split])
    np.add.at(distributions, (row[~split], column[~split]), value[~split])
    found = actions["derived"].to_numpy()
    derived[row[found], column[found]] = True
