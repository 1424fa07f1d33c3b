"""What is known of the symbols before the open: last closes, volatility, today's actions, the day's shape."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from quant.intraday.saved import Floats
from quant.intraday.seasonality import u_shape
from quant.watch.watch import Session
from tasks.alerts import in_force
from tasks.context.context import Context
from tasks.snapshot.panels import panel_of
from tasks.sources import resolve
from tasks.watch.wanted import Wanted
from warehouse import history
from warehouse.database.database import Database

LOOKBACK = 60
"""Sessions of daily closes for the volatility."""
LEAST = 20
"""With fewer returns no daily volatility is known."""


@dataclass(frozen=True)
class Opening:
    """What the watch begins a session with.

    Attributes:
        session: for `quant.watch`.
        factor: price after ÷ before an action of this session, shape (symbols,); 1 without one.
        split: new shares per old one from this session on, shape (symbols,); 1 without a split.
    """

    session: Session
    factor: Floats
    split: Floats


def at_open(db: Database, context: Context, wanted: Wanted) -> Opening:
    """What is known now, by the settings and HOME/alerts.toml."""
    tier2 = in_force.rules(context).watch.tier2
    return opening(db, wanted, context.settings.source, context.now(), tier2)


def opening(
    db: Database, wanted: Wanted, source: str, known_at: datetime, tier2: Collection[str] = ()
) -> Opening:
    """From the daily bars that are stored: of `source`, or of another one that has newer ones of a symbol.

    `tier2`: symbols with the exchange's wider band.
    A symbol without a close of the session before has no known last close, with fewer than 20 returns no
    volatility: then it is judged by its own minutes alone.
    """
    days = [*wanted.calendar.window(wanted.session, LOOKBACK + 2)]
    served = _served(db, wanted, source, days[-2] if len(days) > 1 else wanted.session, known_at)
    window = history.window(db, served, days, known_at)
    before, count = window.bars["close"][:-1], len(wanted.symbols)
    last = before[-1] if len(before) else np.full(count, np.nan)
    paid, split = window.distributions[-1], window.splits[-1]
    factor = np.where(last > paid, 1 - paid / last, 1.0) / split
    total = panel_of(window).total[:-1]
    return Opening(
        Session(
            u_shape(len(wanted.minutes)),
            last * factor,
            _volatility(total),
            np.array([2 if symbol in tier2 else 1 for symbol in wanted.symbols], np.int64),
            np.array([symbol in wanted.benchmarks for symbol in wanted.symbols]),
        ),
        factor,
        split,
    )


def unknown(wanted: Wanted) -> Opening:
    """What is known where nothing is stored: no last close and no volatility."""
    count = len(wanted.symbols)
    nothing, one = np.full(count, np.nan), np.ones(count)
    index = np.array([symbol in wanted.benchmarks for symbol in wanted.symbols])
    curve = u_shape(len(wanted.minutes))
    return Opening(Session(curve, nothing, nothing, one.astype(np.int64), index), one, one)


def _volatility(total: Floats) -> Floats:
    """Standard deviation of daily log returns, shape (symbols,); NaN where fewer than 20 are known."""
    returns = np.diff(np.log(total), axis=0)
    count = np.isfinite(returns).sum(axis=0)
    known = np.where(np.isfinite(returns), returns, 0.0)
    mean = known.sum(axis=0) / np.maximum(count, 1)
    square = np.where(np.isfinite(returns), (returns - mean) ** 2, 0.0).sum(axis=0)
    return np.where(count >= LEAST, np.sqrt(square / np.maximum(count - 1, 1)), np.nan)


def _served(db: Database, wanted: Wanted, source: str, last: object, known_at: datetime) -> dict[str, str]:
    """Whose daily bars are read of each symbol: the newest up to the session before, `source` first."""
    name = resolve(source).name
    stored = [one.source for one in history.stored_sources(db)]
    preferred = [name, *(one for one in stored if one != name)]
    offers = history.offers(db, "", preferred, dict.fromkeys(wanted.symbols, last), known_at)  # type: ignore[arg-type]
    found = dict.fromkeys(wanted.symbols, name)
    newest: dict[str, object] = {}
    for one in offers:
        if one.newest is not None and (one.symbol not in newest or one.newest > newest[one.symbol]):  # type: ignore[operator]
            newest[one.symbol], found[one.symbol] = one.newest, one.source
    return found
