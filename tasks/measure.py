"""Step 3: how far the portfolio has drifted, how volatile its markets are, and whether one is breaking."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from quant import drift, performance, signals, volatility
from quant.panel import Panel
from quant.plugins import discover
from quant.signals import Reading
from tasks import known
from tasks.known import Known
from tasks.place import Place
from tasks.step import step
from warehouse import results, runs

Rows = list[dict[str, Any]]

SEVERITIES = ("critical", "warning", "info")
SIZE_RULE = "move_bound"
"""The rule that rejects a bar for the size of its move alone: alerts read it all the same, unconfirmed."""


@dataclass(frozen=True)
class Measured:
    """What one run measured, as rows of its tables."""

    facts: Mapping[str, Any]
    drift: Rows
    volatility: Rows
    signals: Rows
    alerts: Rows


@step
def measure(place: Place, run_id: str) -> None:
    """Measure what the run knows and store it."""
    with place.warehouse.open() as db:
        scope = known.load(db, run_id)
    found = measured(scope)
    with place.warehouse.open() as db:
        runs.measured(db, run_id, found.facts, place.now())
        for table in ("drift", "volatility", "signals", "alerts"):
            results.replace(db, run_id, table, getattr(found, table))


def measured(scope: Known) -> Measured:
    """Drift, volatility, signals and alerts of a run. Depends on nothing but what the run knows."""
    readings = _readings(scope, scope.markets)
    return Measured(
        facts=_facts(scope),
        drift=[asdict(row) for row in drift.measure(scope.book, scope.portfolio.rebalance)],
        volatility=_volatility(scope),
        signals=[
            {"symbol": reading.symbol, "signal": name, "value": reading.value, "action": reading.action}
            for name, found in readings.items()
            for reading in found
        ],
        alerts=_worst_first(_alerts(scope, readings, confirmed=True) + _unconfirmed(scope)),
    )


def _facts(scope: Known) -> dict[str, Any]:
    day = month = float("nan")
    if scope.portfolio.benchmark is not None:
        benchmark = [scope.portfolio.benchmark]
        worth = scope.totals(benchmark) * scope.fx(benchmark)
        day, month = performance.day_and_month(worth[:, 0], scope.days)
    return {
        "value": scope.book.value,
        "cash": scope.book.cash,
        "benchmark_day": day,
        "benchmark_month": month,
        "panel_digest": known.digest(scope.panel),
        "stale": scope.stale,
    }


def _volatility(scope: Known) -> Rows:
    rows = []
    for name, module in discover(volatility).items():
        parameters = module.Parameters()
        found = {
            symbol: float(value)
            for panel in scope.markets.values()
            for symbol, value in zip(panel.symbols, module.annualised(panel, parameters), strict=True)
        }
        window = module.window(parameters)
        rows += [
            {"symbol": symbol, "estimator": name, "window": window, "annualised": found[symbol]}
            for symbol in scope.portfolio.watched
        ]
    return rows


def _readings(scope: Known, markets: Mapping[str, Panel]) -> dict[str, list[Reading]]:
    """What each signal says of each symbol on the sessions of its own exchange, in the portfolio's order."""
    place = {symbol: index for index, symbol in enumerate(scope.portfolio.watched)}
    readings = {}
    for name, module in discover(signals).items():
        found = [
            reading for panel in markets.values() for reading in module.compute(panel, module.Parameters())
        ]
        readings[name] = sorted(found, key=lambda reading: place[reading.symbol])
    return readings


def _alerts(scope: Known, readings: Mapping[str, list[Reading]], *, confirmed: bool) -> Rows:
    """What breaks on the session itself: an exchange that rests on it told its last session before."""
    alerts = [reading.alert for found in readings.values() for reading in found if reading.alert]
    today = scope.run.session.isoformat()
    return [asdict(alert) | {"confirmed": confirmed} for alert in alerts if alert.at == today]


def _worst_first(alerts: Rows) -> Rows:
    return sorted(alerts, key=lambda alert: (SEVERITIES.index(alert["severity"]), alert["move"]))


def _unconfirmed(scope: Known) -> Rows:
    """Alerts from bars of the session that were rejected only for the size of their move."""
    rejected = [
        row for row in scope.quarantine if row["session"] == scope.run.session and row["table_name"] == "bars"
    ]
    doubtful = {row["symbol"]: row for row in rejected if row["rule"] == SIZE_RULE}
    for row in rejected:
        if row["rule"] != SIZE_RULE:
            doubtful.pop(row["symbol"], None)
    if not doubtful:
        return []
    markets = {name: _with_bars(scope, panel, doubtful) for name, panel in scope.markets.items()}
    of_doubtful = {
        name: [reading for reading in found if reading.symbol in doubtful]
        for name, found in _readings(scope, markets).items()
    }
    return _alerts(scope, of_doubtful, confirmed=False)


def _with_bars(scope: Known, panel: Panel, rows: Mapping[str, Mapping[str, Any]]) -> Panel:
    """The panel as if these bars of the session had been accepted; there, nothing is adjusted."""
    if panel.sessions[-1] != np.datetime64(scope.run.session):
        return panel
    changed = {
        name: getattr(panel, name).copy() for name in ("open", "high", "low", "close", "total", "traded")
    }
    for column, symbol in enumerate(panel.symbols):
        row = rows.get(symbol)
        if row is None:
            continue
        for name, values in changed.items():
            value = row["close" if name in {"total", "traded"} else name]
            values[-1, column] = np.nan if value is None else value
    return replace(panel, **changed)
