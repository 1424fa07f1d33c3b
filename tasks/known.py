"""What a run knows: portfolio, panel and quarantine, as the ledger and the versioned rows have them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from config.calendars import Calendar
from config.portfolio import Portfolio
from quant import signals, volatility
from quant.adjust import build
from quant.book import NO_CLASS, Book
from quant.gate import Evidence, evidence
from quant.panel import Panel
from quant.plugins import discover
from quant.splits import unreconciled
from tasks.serving import serving
from warehouse import history, runs
from warehouse.connection import Database
from warehouse.history import Window
from warehouse.runs import Run

BACKCAST = 501  # sessions: the 500 returns of the VaR
NOTHING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Known:
    """A run and everything it may look at: nothing after its session, nothing learnt after its known_at.

    `window` is what the panel was made of; it reaches further back when the holdings were counted before.
    `served_by` and `disputed` are those of `tasks.serving`; `quarantine` holds what the run's batches had
    rejected of the sources that serve.
    """

    run: Run
    portfolio: Portfolio
    window: Window
    panel: Panel
    quarantine: list[dict[str, Any]]
    served_by: Mapping[str, str]
    disputed: Mapping[str, str]

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Where each symbol stands in the panel."""
        return {symbol: index for index, symbol in enumerate(self.panel.symbols)}

    @cached_property
    def quarantined(self) -> dict[str, str]:
        """The symbols whose bar or action of the session was rejected, with the first rule that it broke."""
        found: dict[str, str] = {}
        for row in self.quarantine:
            if row["session"] == self.run.session and row["symbol"] is not None:
                found.setdefault(row["symbol"], row["rule"])
        return found

    @cached_property
    def unreconciled(self) -> dict[str, str]:
        """The held symbols whose quantity does not count a split, or may not, with what to do about it."""
        window, counted = self.window, self.portfolio.holdings_as_of
        held = [symbol for symbol, quantity in self.portfolio.quantities().items() if quantity]
        found = {
            symbol: unreconciled(window.sessions, window.splits[:, self.columns[symbol]], counted)
            for symbol in held
        }
        return {symbol: sentence for symbol, sentence in found.items() if sentence}

    @cached_property
    def stale(self) -> list[str]:
        """The symbols without an accepted bar on the session."""
        missing = np.isnan(self.panel.traded[-1])
        return [symbol for symbol, gone in zip(self.panel.symbols, missing, strict=True) if gone]

    @cached_property
    def evidence(self) -> Evidence:
        """What the risk checks may look at, aligned with the book."""
        return evidence(self.panel, self.portfolio.symbols)

    @cached_property
    def book(self) -> Book:
        """The portfolio at the session's close; the last accepted close stands in for a missing one."""
        targets = {target.symbol: target for target in self.portfolio.target}
        held = self.portfolio.quantities()
        symbols = self.portfolio.symbols
        # Adjusted for splits: the traded close on the session, and right after a gap that holds a split.
        close = self.panel.close[:, [self.columns[symbol] for symbol in symbols]]
        return Book(
            symbols=symbols,
            asset_classes=tuple(targets[s].asset_class if s in targets else NO_CLASS for s in symbols),
            quantity=np.array([held.get(symbol, 0.0) for symbol in symbols]),
            close=_last_accepted(close),
            target=np.array([targets[s].weight if s in targets else 0.0 for s in symbols]),
            cash=self.portfolio.cash,
        )


def load(db: Database, run_id: str) -> Known:
    """Everything that a run knows, read in one visit."""
    run = runs.load(db, run_id)
    portfolio = Portfolio.model_validate_json(run.config)
    sessions = since_counted(portfolio, run.session, lookback())
    found = serving(db, run, portfolio)
    window = history.window(db, found.served_by, sessions, run.known_at or NOTHING)
    panel = _panel(window).tail(lookback())
    rejected = [
        row
        for row in db.rows("quarantined", run_id=run_id)
        if row["source"] == found.served_by.get(row["symbol"], row["source"])
    ]
    return Known(run, portfolio, window, panel, rejected, found.served_by, found.disputed)


def load_panel(
    db: Database, source: str, symbols: Sequence[str], sessions: Sequence[date], known_at: datetime
) -> Panel:
    """The panel of the symbols on the sessions, from what was known at `known_at`."""
    return _panel(history.window(db, dict.fromkeys(symbols, source), sessions, known_at))


def _panel(window: Window) -> Panel:
    return build(
        window.sessions,
        window.symbols,
        **window.bars,
        splits=window.splits,
        distributions=window.distributions,
    )


def since_counted(portfolio: Portfolio, session: date, count: int) -> list[date]:
    """The last `count` sessions up to `session`; more where the holdings were counted before them."""
    calendar = Calendar(portfolio.calendar)
    recent, counted = calendar.window(session, count), portfolio.holdings_as_of
    if counted is None or counted >= recent[0]:
        return recent
    # From the session before: an action on the first day of a window does not count.
    return calendar.sessions(counted - timedelta(days=15), session)


def lookback() -> int:
    """The sessions that the hungriest of all measures needs."""
    modules = [*discover(signals).values(), *discover(volatility).values()]
    return max(BACKCAST, *(int(module.lookback(module.Parameters())) for module in modules))


def digest(panel: Panel) -> str:
    """SHA-256 of a panel's every number: two runs with the same digest saw the same market."""
    sha = hashlib.sha256("\n".join(panel.symbols).encode())
    for field in fields(panel):
        value = getattr(panel, field.name)
        if isinstance(value, np.ndarray):
            sha.update(np.ascontiguousarray(value).tobytes())
    return sha.hexdigest()


def _last_accepted(closes: Any) -> Any:
    """The last number of each column; NaN where there is none."""
    known = ~np.isnan(closes)
    last = closes.shape[0] - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), closes[last, np.arange(closes.shape[1])], np.nan)
