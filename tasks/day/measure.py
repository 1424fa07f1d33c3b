"""Step 3: how far the portfolio has drifted, how volatile its markets are, and whether one is breaking."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

import numpy as np

from quant import signals, volatility
from quant.book import drift
from quant.book.drift import actual_weights
from quant.fits import Fits
from quant.market.panel import Panel
from quant.performance import periods
from quant.plugins import discover, named
from quant.rebalance.pairs import together
from quant.risk import contributions
from quant.signals import Reading
from tasks.context.context import Context
from tasks.context.step import step
from tasks.context.words import count, rounded
from tasks.ingest.depth import depth
from tasks.snapshot import alerts, fits, triggers
from tasks.snapshot.between_steps import Known, keep_quiet, settle
from tasks.snapshot.gaps import Missing
from tasks.snapshot.panels import panel_digest
from tasks.snapshot.snapshot import Snapshot
from warehouse import runs
from warehouse.database.database import Database
from warehouse.runs import Facts, Run
from warehouse.tables.found import AlertRow, Contribution, DriftRow, Signal, TriggerRow, Volatility, Weight
from warehouse.tables.table import replace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measured:
    """What one run measured, as rows of its tables."""

    facts: Facts
    drift: list[DriftRow]
    triggers: list[TriggerRow]
    volatility: list[Volatility]
    signals: list[Signal]
    alerts: list[AlertRow]
    risk: list[Contribution]
    allocation: list[Weight]

    def store(self, db: Database, run_id: str, now: datetime) -> None:
        """Keep all of it, instead of what the run had."""
        runs.measured(db, run_id, self.facts, now)
        replace(db, run_id, DriftRow, self.drift)
        replace(db, run_id, TriggerRow, self.triggers)
        replace(db, run_id, Volatility, self.volatility)
        replace(db, run_id, Signal, self.signals)
        replace(db, run_id, AlertRow, self.alerts)
        replace(db, run_id, Contribution, self.risk)
        replace(db, run_id, Weight, self.allocation)


@step
def measure(context: Context, run_id: str) -> None:
    """Measure what the run knows and store it."""

    def work(known: Known) -> tuple[Measured, Fits, str]:
        return measured(known.snapshot, known.fits), known.fits, known.snapshot.portfolio.currency

    def store(db: Database, _: Run, done: tuple[Measured, Fits, str]) -> None:
        found, made, _currency = done
        found.store(db, run_id, context.now())
        fits.keep(db, made, context.now())

    found, _, currency = settle(context, run_id, work, store)
    keep_quiet(context, run_id, quiet=not found.alerts)
    worth = rounded(found.facts.value, currency) if np.isfinite(found.facts.value) else "not known"
    breached = sum(row.breached for row in found.drift)
    bands = f"{breached} of {count(len(found.drift), 'band')} breached"
    log.info("measured: value %s, %s, %s", worth, bands, count(len(found.alerts), "alert"))


def measured(snapshot: Snapshot, remembered: Fits | None = None) -> Measured:
    """Drift, volatility, signals and alerts of a run. Depends on nothing but what the run knows.

    A run that has measured before, perhaps by an older version, measures the same again. Fits that are
    `remembered` are those that would be made: without them (a replay) each is.
    """
    markets, symbols = [*snapshot.measurable.values()], snapshot.portfolio.watched
    names = snapshot.run.measures
    found = readings(markets, symbols, names)
    # A fall is told whatever the history before it is worth.
    shocks = readings([*snapshot.markets.values()], symbols, names) if snapshot.begins_anew else found
    total, positions = _risk(snapshot) if names is None or contributions.NAME in names else (None, [])
    drifts = drift.measure(together(snapshot.book), snapshot.portfolio.rebalance)
    return Measured(
        facts=_facts(snapshot, total),
        drift=[DriftRow(**asdict(row)) for row in drifts],
        triggers=triggers.rows(snapshot),
        volatility=volatility_rows(markets, symbols, names, remembered),
        signals=signal_rows(found, {gap.symbol for gap in snapshot.gaps if gap.holds}),
        alerts=_alerts(snapshot, shocks),
        risk=positions,
        allocation=_allocation(snapshot),
    )


def _alerts(snapshot: Snapshot, found: Mapping[str, list[Reading]]) -> list[AlertRow]:
    """What breaks on the session; the signals read rejected bars too, as if they were accepted."""
    doubted = alerts.doubted(snapshot)
    again: Mapping[str, list[Reading]] = {}
    if doubted:
        markets = alerts.as_if_accepted(snapshot, doubted)
        again = readings(markets, snapshot.portfolio.watched, snapshot.run.measures)
    return alerts.rows(snapshot, found, doubted, again)


def _facts(snapshot: Snapshot, risk_volatility: float | None) -> Facts:
    day = month = year = float("nan")
    if snapshot.portfolio.benchmark is not None:
        benchmark = [snapshot.portfolio.benchmark]
        worth = snapshot.totals(benchmark) * snapshot.fx(benchmark)
        day, month, year = periods.day_month_and_year(worth[:, 0], snapshot.days)
    return Facts(
        value=snapshot.book.value,
        cash=snapshot.book.cash,
        benchmark_day=day,
        benchmark_month=month,
        benchmark_year=year,
        panel_digest=panel_digest(snapshot.panel),
        panel_sessions=depth(snapshot.run),
        measures=snapshot.run.measures
        or sorted([*discover(volatility), *discover(signals), contributions.NAME]),
        stale=snapshot.stale,
        gaps=_gaps(snapshot),
        allocation_fitted_on=snapshot.allocation.fitted_on,
        allocation_reason=snapshot.allocation.reason,
        risk_volatility=risk_volatility,
    )


def _gaps(snapshot: Snapshot) -> str | None:
    """The holes in the prices, and what the value rests on although it may be wrong, as JSON."""
    if snapshot.filled:
        return None
    return Missing(snapshot.gaps, snapshot.begins, snapshot.value_in_doubt).text()


def _risk(snapshot: Snapshot) -> tuple[float, list[Contribution]]:
    """The portfolio's volatility a year, and each position's part in it; no rows where it is unknown."""
    weights = actual_weights(snapshot.book)
    method = snapshot.portfolio.risk.covariance
    found = contributions.contributions(weights, snapshot.evidence.returns, method)
    arrays = (weights, found.marginal, found.contribution, found.share)
    rows = zip(snapshot.book.symbols, *(values.tolist() for values in arrays), strict=True)
    held = [Contribution(*row) for row in rows if row[1] != 0]
    return found.volatility, held if np.isfinite(found.volatility) else []


def _allocation(snapshot: Snapshot) -> list[Weight]:
    """Each target's strategic weight and the one in force; no rows where no model is asked."""
    found = snapshot.allocation
    if found.status == "fixed":
        return []
    rows = zip(snapshot.portfolio.target, found.strategic.tolist(), found.target.tolist(), strict=True)
    return [Weight(row.symbol, strategic, target) for row, strategic, target in rows]


def volatility_rows(
    markets: Collection[Panel],
    symbols: Sequence[str],
    names: Collection[str] | None,
    remembered: Fits | None,
) -> list[Volatility]:
    """Every estimator (of those in `names`) of every symbol, on the sessions of its own exchange."""
    rows = []
    for name, module in named(volatility, names).items():
        parameters = module.Parameters()
        found = {
            row.symbol: row
            for panel in markets
            for row in estimates(name, module, panel, parameters, remembered)
        }
        rows += [found[symbol] for symbol in symbols]
    return rows


def estimates(
    name: str, estimator: ModuleType, panel: Panel, parameters: Any, remembered: Fits | None = None
) -> list[Volatility]:
    """What one estimator finds of each symbol of a panel, in its order."""
    window = estimator.window(parameters)
    fitting = {"fits": remembered} if hasattr(estimator, "Fits") else {}
    return [
        Volatility(symbol, name, window, float(value))
        for symbol, value in zip(
            panel.symbols, estimator.annualised(panel, parameters, **fitting), strict=True
        )
    ]


def readings(
    markets: Collection[Panel], symbols: Sequence[str], names: Collection[str] | None = None
) -> dict[str, list[Reading]]:
    """What each signal (of those in `names`) says of each symbol on the sessions of its own exchange.

    The readings are in the order of `symbols`.
    """
    place = {symbol: index for index, symbol in enumerate(symbols)}
    by_signal = {}
    for name, module in named(signals, names).items():
        found = [reading for panel in markets for reading in module.compute(panel, module.Parameters())]
        by_signal[name] = sorted(found, key=lambda reading: place[reading.symbol])
    return by_signal


def signal_rows(found: Mapping[str, list[Reading]], doubtful: Collection[str] = ()) -> list[Signal]:
    """The readings by signal, as rows of a report; those of `doubtful` symbols call for no action."""
    return [
        Signal(
            symbol=reading.symbol,
            signal=name,
            value=reading.value,
            action=None if reading.symbol in doubtful else reading.action,
            label=reading.label,
        )
        for name, own in found.items()
        for reading in own
    ]
