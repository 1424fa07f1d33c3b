"""What a run knows: portfolio, panel and quarantine, as the ledger and the versioned rows have them."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from config.portfolio import FX_CALENDAR, Portfolio
from quant.allocate import Allocation, allocate, fixed
from quant.book.book import Band, Book, Level
from quant.book.ticks import Ticks
from quant.decision_inputs import RETURNS, Evidence, evidence
from quant.market.currency import unit
from quant.market.panel import Days, Floats, Panel
from quant.market.returns import as_of, converted_returns, last_accepted
from quant.policy.definitions import Definitions
from quant.policy.policy import FIXED
from tasks.ingest import run_batches
from tasks.ingest.depth import depth, since_counted, timeline
from tasks.ingest.source_selection import broken, due, serving
from tasks.snapshot import definitions, gaps, shares
from tasks.snapshot.gaps import DEFINITION, Beginning, Gap
from tasks.snapshot.panels import panel_of
from warehouse import history, runs
from warehouse.database.database import Database
from warehouse.history import Window
from warehouse.runs import Run
from warehouse.tables.batches import Rejected

NOTHING = datetime(1970, 1, 1, tzinfo=UTC)
_OF_THE_PORTFOLIO = ("book", "allocation", "unreconciled")
"""What a snapshot works out that depends on holdings, targets or policy."""


@dataclass(frozen=True)
class Snapshot:
    """A run and everything it may look at: nothing after its session, nothing learnt after its known_at.

    `window` is what the panel was made of; it reaches further back when the holdings were counted before.
    `served_by` and `disputed` are those of `tasks.ingest.source_selection`; `quarantine` holds what the run's
    batches had rejected of the sources that serve. The panel has a row for each day on which any of its
    exchanges traded. `definitions` are what it computes with; `kept_out` are the bars that people rejected,
    with why.
    """

    run: Run
    portfolio: Portfolio
    window: Window
    panel: Panel
    quarantine: list[Rejected]
    served_by: Mapping[str, str]
    disputed: Mapping[str, str]
    definitions: Definitions
    kept_out: Mapping[tuple[str, date], str]

    def under(self, run: Run) -> "Snapshot":
        """What the run knows, with other controls or another kill switch, on which none of this depends."""
        other = copy(self)  # with what was worked out already
        object.__setattr__(other, "run", run)
        return other

    def holding(self, portfolio: Portfolio, run: Run) -> "Snapshot":
        """What a run of the session knows whose portfolio differs only in what is held, wanted or allowed.

        Nothing that is worked out of the market alone is worked out again.
        """
        other = self.under(run)
        object.__setattr__(other, "portfolio", portfolio)
        for name in _OF_THE_PORTFOLIO:
            other.__dict__.pop(name, None)
        return other

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Where each symbol stands in the panel."""
        return {symbol: index for index, symbol in enumerate(self.panel.symbols)}

    @cached_property
    def calendars(self) -> Mapping[str, str]:
        """The exchange of each watched symbol and each rate."""
        return self.portfolio.calendars

    @cached_property
    def markets(self) -> Mapping[str, Panel]:
        """The watched symbols of each exchange, on its own sessions up to the one that they owe."""
        own, session = self.portfolio.calendar, self.run.session
        if {*self.calendars.values()} == {own} and {*self.due.values()} == {session}:
            return {own: self.panel}
        symbols: dict[tuple[str, date], list[str]] = {}
        for symbol in self.portfolio.watched:
            symbols.setdefault((self.calendars[symbol], self.due[symbol]), []).append(symbol)
        return {
            f"{name} to {end}": self.panel.part(self._rows(name, end), members)
            for (name, end), members in symbols.items()
        }

    @cached_property
    def filled(self) -> bool:
        """Whether prices are filled forward over a gap, as by the first version of the definition."""
        return self.definitions.of(DEFINITION) < 2

    @cached_property
    def measurable(self) -> Mapping[str, Panel]:
        """The `markets` without what lies before each symbol's measurable history: what measures read."""
        if self.filled:
            return self.markets
        return {name: gaps.measurable(panel) for name, panel in self.markets.items()}

    @property
    def begins_anew(self) -> bool:
        """Whether a symbol's measurable history is shorter than its prices."""
        return any(panel is not self.markets[name] for name, panel in self.measurable.items())

    @cached_property
    def gaps(self) -> list[Gap]:
        """The sessions that watched symbols lack between two of their bars, and those that rates lack."""
        if self.filled:
            return []
        panels, accepted = [*self.markets.values()], self.portfolio.data.gap
        if self.portfolio.pairs and self.definitions.of(DEFINITION) >= gaps.OF_RATES:
            needed = np.intersect1d(self._rows(FX_CALENDAR), self._rows(self.portfolio.calendar))
            panels.append(self.panel.part(needed, self.rates.symbols))
        return [gap for panel in panels for gap in gaps.found(panel, accepted, self.kept_out)]

    @cached_property
    def begins(self) -> list[Beginning]:
        """Where the measurable history of a symbol begins later than its prices."""
        if self.filled:
            return []
        return [one for panel in self.markets.values() for one in gaps.beginnings(panel)]

    @cached_property
    def doubted(self) -> Mapping[str, str]:
        """The symbols whose prices are in doubt, with what to do: a session is missing, or sources differ."""
        rejected = {
            (row.symbol, row.session)
            for row in self.quarantine
            if row.table_name == "bars" and row.symbol and row.session
        }
        return gaps.complaints(self.gaps, rejected) | dict(self.disputed)

    @cached_property
    def rates(self) -> Panel:
        """What one of each other currency was worth in the portfolio's, on every weekday."""
        pairs = list(dict.fromkeys(self.portfolio.pairs.values()))
        return self.panel.part(self._rows(FX_CALENDAR if pairs else self.portfolio.calendar), pairs)

    @cached_property
    def days(self) -> Days:
        """The sessions of the portfolio's own calendar."""
        return self.panel.sessions[self._rows(self.portfolio.calendar)]

    def _rows(self, calendar: str, end: date | None = None) -> npt.NDArray[np.intp]:
        """The rows of the panel that are sessions of an exchange, up to `end`."""
        first, last = self.panel.sessions[[0, -1]].tolist()
        if {calendar} == {*self.calendars.values()} and end in (None, last):
            return np.arange(len(self.panel.sessions))  # the panel has no other days
        sessions = np.array(self.portfolio.exchange(calendar).sessions(first, end or last), "datetime64[D]")
        return np.flatnonzero(np.isin(self.panel.sessions, sessions))

    @cached_property
    def due(self) -> Mapping[str, date]:
        """The session that each symbol's and each rate's newest bar should be of."""
        return due(self.portfolio, self.run.session, self.run.asked_at)

    @cached_property
    def quarantined(self) -> dict[str, str]:
        """The symbols whose newest bar or action was rejected, with the rule that says most of why."""
        return broken(self.quarantine, self.due)

    @cached_property
    def unrated(self) -> dict[str, str]:
        """The symbols whose rate is in doubt, or missing on the session, with its name and day."""
        doubtful = {*self.stale, *self.doubted}
        return {
            symbol: self._no_rate(rate) for symbol, rate in self.portfolio.pairs.items() if rate in doubtful
        }

    def _no_rate(self, rate: str) -> str:
        if rate in self.doubted:
            return f"{rate.removesuffix('=X')} rate: {self.doubted[rate]}"
        rule = f" (quarantined: {self.quarantined[rate]})" if rate in self.quarantined else ""
        return f"no {rate.removesuffix('=X')} rate on {self.due[rate]}{rule}"

    @cached_property
    def unreconciled(self) -> dict[str, str]:
        """The held symbols whose quantity does not count a split, or may not, with what to do about it."""
        held = [symbol for symbol, quantity in self.portfolio.quantities().items() if quantity]
        found = {symbol: self._unreconciled(symbol) for symbol in held}
        return {symbol: sentence for symbol, sentence in found.items() if sentence}

    def _unreconciled(self, symbol: str) -> str | None:
        uncounted = shares.announced_since(self.window, self.columns[symbol], self.portfolio.holdings_as_of)
        if uncounted or self.definitions.of("unreconciled") < 2:
            return uncounted
        return shares.doubted_since(
            self.window, self.columns[symbol], self.portfolio.holdings_as_of, self.quarantine
        )

    @cached_property
    def stale(self) -> list[str]:
        """The symbols and rates without an accepted bar on the last session of their exchange."""
        missing = {
            symbol
            for panel in (*self.markets.values(), self.rates)
            for symbol, close in zip(panel.symbols, panel.traded[-1].tolist(), strict=True)
            if np.isnan(close)
        }
        return [symbol for symbol in self.panel.symbols if symbol in missing]

    @property
    def value_in_doubt(self) -> dict[str, str]:
        """What the value rests on although it may be wrong, with why: old closes, and missed splits."""
        held = [symbol for symbol, quantity in self.portfolio.quantities().items() if quantity]
        pairs, stale = self.portfolio.pairs, frozenset(self.stale)
        rates = [pairs[symbol] for symbol in held if symbol in pairs]
        old = [symbol for symbol in dict.fromkeys([*held, *rates]) if symbol in stale]
        return {symbol: self._last_price(symbol) for symbol in old} | self.unreconciled

    def _last_price(self, symbol: str) -> str:
        rows = np.flatnonzero(~np.isnan(self.panel.traded[:, self.columns[symbol]]))
        return f"last price of {self.panel.sessions[rows[-1]]}" if len(rows) else "no price"

    def totals(self, symbols: Sequence[str]) -> Floats:
        """Total-return closes on the portfolio's `days`, in each symbol's own unit; NaN where one is missing.

        NaN before its measurable history begins. Where its exchange rested a symbol keeps its last close.
        """
        found = {
            symbol: values
            for panel in self.measurable.values()
            for symbol, values in zip(
                panel.symbols, as_of(panel.total, panel.sessions, self.days).T, strict=True
            )
        }
        return np.column_stack([found[symbol] for symbol in symbols])

    def fx(self, symbols: Sequence[str]) -> Floats:
        """What one of each symbol's price unit was worth in the portfolio's currency, on its `days`.

        NaN where the rate of a day is missing; 1.0 for the portfolio's own currency.
        """
        rates = as_of(self.rates.close, self.rates.sessions, self.days)
        made = dict(zip(self.rates.symbols, rates.T, strict=True))
        own = np.ones(len(self.days))
        pairs, units = self.portfolio.pairs, self.portfolio.currencies
        return np.column_stack(
            [made.get(pairs.get(symbol, ""), own) / unit(units[symbol]).per_currency for symbol in symbols]
        )

    @cached_property
    def evidence(self) -> Evidence:
        """What the risk checks may look at, aligned with the book."""
        symbols, benchmark = self.portfolio.symbols, self.portfolio.benchmark
        returns = self._returns(symbols)
        market = self._returns([benchmark])[:, 0] if benchmark else np.full(len(returns), np.nan)
        return evidence([*self.markets.values()], symbols, returns, market)

    def _returns(self, symbols: Sequence[str]) -> Floats:
        """Simple total returns in the portfolio's currency, on its `days` but the first."""
        found = converted_returns(self.totals(symbols), self.fx(symbols), filled=self.filled)
        return found[-RETURNS:] if self.filled else found

    @cached_property
    def book(self) -> Book:
        """The portfolio at the session's close; the last accepted close stands in for a missing one."""
        held = self.portfolio.quantities()
        symbols = self.portfolio.symbols
        # Adjusted for splits: the traded close on the session, and right after a gap that holds a split.
        close = self.panel.close[:, [self.columns[symbol] for symbol in symbols]]
        return Book(
            symbols=symbols,
            asset_classes=tuple(self.portfolio.classes.values()),
            quantity=np.array([held.get(symbol, 0.0) for symbol in symbols]),
            close=last_accepted(close),
            target=self._targets,
            cash=self.portfolio.cash,
            fx=last_accepted(self.fx(symbols)),
            bands=self._bands,
            replacements=self.portfolio.replacements,
            definitions=self.definitions,
            ticks=self._ticks,
        )

    @cached_property
    def allocation(self) -> Allocation:
        """The weights of the portfolio's targets, in their order, strategic and in force."""
        policy, targets = self.portfolio.allocation, self.portfolio.target
        if policy.model == FIXED:
            return fixed(targets)
        symbols = [target.symbol for target in targets]
        return allocate(
            policy, targets, self.totals(symbols) * self.fx(symbols), self.days, filled=self.filled
        )

    @property
    def _targets(self) -> Floats:
        """The weights in force, aligned with the book: targets come first, the other symbols have none."""
        weights = np.zeros(len(self.portfolio.symbols))
        weights[: len(self.portfolio.target)] = self.allocation.target
        return weights

    @property
    def _ticks(self) -> dict[str, Ticks]:
        """The ticks of the symbols that state their own."""
        return {row.symbol: row.ticks for row in self.portfolio.instrument if row.ticks}

    @property
    def _bands(self) -> dict[tuple[Level, str], Band]:
        """The bands of the symbols and classes that the portfolio file gives their own."""
        symbols: dict[tuple[Level, str], Band] = {
            ("instrument", row.symbol): Band(row.band_absolute, row.band_relative)
            for row in self.portfolio.target
        }
        classes: dict[tuple[Level, str], Band] = {
            ("asset_class", row.name): Band(row.band_absolute, row.band_relative)
            for row in self.portfolio.asset_class
        }
        return symbols | classes


def load_snapshot(db: Database, run_id: str) -> Snapshot:
    """Everything that a run knows, read in one visit; one that has measured keeps its panel's depth."""
    run = runs.load(db, run_id)
    computes = definitions.of(db, run)
    return snapshot_of(db, run, definitions.portfolio(run, computes), computes)


def snapshot_of(db: Database, run: Run, portfolio: Portfolio, computes: Definitions) -> Snapshot:
    """What a run of the portfolio knows; no run with its id need be stored."""
    sessions = since_counted(portfolio, run.session, depth(run))
    found = serving(db, run, portfolio)
    window = history.window(db, found.read_from, sessions, run.known_at or NOTHING)
    panel = panel_of(window).tail(len(timeline(portfolio, run.session, depth(run))))
    panel = panel.known_until(due(portfolio, run.session, run.asked_at))
    rejected = [
        row
        for row in run_batches.rows(db, run, portfolio, Rejected)
        if row.source == found.served_by.get(row.symbol or "", row.source)
    ]
    return Snapshot(
        run, portfolio, window, panel, rejected, found.served_by, found.disputed, computes,
        gaps.kept_out(db, run, found.served_by),
    )  # fmt: skip
