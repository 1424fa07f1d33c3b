"""What breaks on the session: in the bars that were accepted, and in those that the data check rejected."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np

from expectations import MOVE_FLOOR
from quant.market.panel import Panel
from quant.market.returns import previous
from quant.signals import Alert, Reading
from tasks.ingest.source_selection import due
from tasks.snapshot.snapshot import Snapshot
from warehouse.tables.batches import Rejected
from warehouse.tables.found import AlertRow

SIZE_RULE = "move_bound"
SEVERITIES = ("critical", "warning", "info")
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class Doubted:
    """A bar of the session that the data check rejected: its lowest price, close (NaN without one), rules.

    Of a bar that came in several versions, or that a certain repair would change, the lowest counts: which of
    them is true is not known, and a crash is not passed over in silence.
    """

    session: date
    open: float
    high: float
    low: float
    close: float
    rules: tuple[str, ...]

    @property
    def why(self) -> str:
        """Why an alert from this bar is not confirmed."""
        return f"the data check rejected this bar ({', '.join(self.rules)}): an error, or true"


def doubted(snapshot: Snapshot) -> dict[str, Doubted]:
    """The rejected bars of the sessions that the run reports, by symbol.

    Whatever rule rejected a bar, its size may have been the reason, so that no list of rules is kept.
    """
    days, found = _reported_days(snapshot), dict[str, list[Rejected]]()
    for row in _rejected(snapshot, "bars"):
        if row.symbol is not None and row.symbol in days and row.session == days[row.symbol]:
            found.setdefault(row.symbol, []).append(row)
    if not _every(snapshot):
        return {
            symbol: _as_delivered(rows[-1], days[symbol])
            for symbol, rows in found.items()
            if {row.rule for row in rows} == {SIZE_RULE}
        }
    return {symbol: _lowest(rows, days[symbol]) for symbol, rows in found.items()}


def as_if_accepted(snapshot: Snapshot, bars: Mapping[str, Doubted]) -> list[Panel]:
    """The panel of each exchange as if these bars had been accepted; on their session nothing is adjusted."""
    return [_with_bars(panel, bars) for panel in snapshot.markets.values()]


def rows(
    snapshot: Snapshot,
    found: Mapping[str, list[Reading]],
    bars: Mapping[str, Doubted],
    again: Mapping[str, list[Reading]],
) -> list[AlertRow]:
    """The alerts of the sessions that the run reports, the worst first.

    `found` is what the signals read in accepted bars, `again` with the doubted `bars` beside them.
    """
    days = _reported_days(snapshot)
    confirmed = [_of_accepted(snapshot, alert) for alert in _of(found, days)]
    falls = [alert for alert in _of(again, days) if alert.symbol in bars]
    if not _every(snapshot):
        doubtful = [_row(alert, confirmed=False) for alert in falls]
    else:
        rises = _rises(snapshot, bars, {alert.symbol for alert in falls})
        doubtful = [_unconfirmed(alert, bars[alert.symbol].why) for alert in (*falls, *rises)]
    found_in_all = [*confirmed, *doubtful]
    return sorted(found_in_all, key=lambda alert: (SEVERITIES.index(alert.severity), alert.move or 0.0))


def _every(snapshot: Snapshot) -> bool:
    """Whether alerts read every rejected bar; before, only falls that the move bound alone rejected."""
    return snapshot.definitions.of("alerts") >= 2


def _reported_days(snapshot: Snapshot) -> Mapping[str, date]:
    """Each symbol's session that the run reports: its newest, if the portfolio's session before had another.

    So an exchange that is closed had its last session reported then.
    """
    session = snapshot.run.session
    if not _every(snapshot):
        return dict.fromkeys(snapshot.portfolio.watched, session)
    earlier = snapshot.portfolio.exchange().window(session, 2)[0]
    before = due(snapshot.portfolio, earlier, snapshot.run.asked_at - (session - earlier))
    return {symbol: day for symbol, day in snapshot.due.items() if day != before.get(symbol)}


def _rejected(snapshot: Snapshot, table: str) -> Iterator[Rejected]:
    return (row for row in snapshot.quarantine if row.table_name == table)


def _of(found: Mapping[str, list[Reading]], days: Mapping[str, date]) -> list[Alert]:
    alerts = [reading.alert for readings in found.values() for reading in readings if reading.alert]
    return [alert for alert in alerts if alert.symbol in days and alert.at == days[alert.symbol].isoformat()]


def _of_accepted(snapshot: Snapshot, alert: Alert) -> AlertRow:
    """Confirmed, unless an action of the day was rejected, which may explain the move."""
    rules = dict.fromkeys(
        row.rule
        for row in _rejected(snapshot, "actions")
        if row.symbol == alert.symbol and str(row.session) == alert.at
    )
    if not rules or not _every(snapshot):
        return _row(alert, confirmed=True)
    return _unconfirmed(alert, f"the data check rejected an action of this day ({', '.join(rules)})")


def _unconfirmed(alert: Alert, why: str) -> AlertRow:
    return _row(replace(alert, detail=f"{alert.detail}; not confirmed, {why}"), confirmed=False)


def _row(alert: Alert, *, confirmed: bool) -> AlertRow:
    return AlertRow(**asdict(alert), confirmed=confirmed)


def _rises(snapshot: Snapshot, bars: Mapping[str, Doubted], fallen: set[str]) -> Iterator[Alert]:
    """Bars that were rejected after a rise beyond what the move bound lets pass in any market."""
    for panel in snapshot.markets.values():
        before = dict(zip(panel.symbols, previous(panel.total)[-1].tolist(), strict=True))
        for symbol, bar in bars.items():
            if symbol in fallen or symbol not in before:
                continue
            move = bar.close / before[symbol] - 1
            if move > MOVE_FLOOR:
                adjusted = f"the previous adjusted close {before[symbol]:,.6g}"
                detail = f"close {bar.close:,.6g}, {move:.1%} above {adjusted}"
                yield Alert("rejected_rise", symbol, "warning", bar.session.isoformat(), move, detail)


def _with_bars(panel: Panel, bars: Mapping[str, Doubted]) -> Panel:
    last = panel.sessions[-1].item()
    columns = {
        column: bars[symbol]
        for column, symbol in enumerate(panel.symbols)
        if symbol in bars and bars[symbol].session == last
    }
    names = {name: name for name in PRICES} | {"total": "close", "traded": "close"}
    changed = {name: getattr(panel, name).copy() for name in names}
    for column, bar in columns.items():
        for name, own in names.items():
            changed[name][-1, column] = getattr(bar, own)
    return replace(panel, **changed) if columns else panel


def _as_delivered(row: Rejected, session: date) -> Doubted:
    return Doubted(session, **_prices(row), rules=(row.rule,))


def _lowest(rows: Sequence[Rejected], session: date) -> Doubted:
    """The version of a bar that fell furthest; its low is the lowest price of all that it tells."""
    rules = tuple(dict.fromkeys(row.rule for row in rows))
    versions = [_version(_prices(row) | (row.repair or {}), session, rules) for row in rows]
    versions += [_version(_prices(row), session, rules) for row in rows]
    return min(versions, key=lambda bar: np.inf if np.isnan(bar.low) else bar.low)


def _version(bar: Mapping[str, float], session: date, rules: tuple[str, ...]) -> Doubted:
    """A price of 0 or less beside a close above it was not given; such a close is what was delivered."""
    prices = [bar[name] for name in PRICES]
    known = [price for price in prices if np.isfinite(price) and price > 0]
    close = bar["close"] if np.isfinite(bar["close"]) else np.nan
    if close <= 0:
        known = [price for price in prices if np.isfinite(price)]
    low = min(known, default=np.nan)
    return Doubted(session, bar["open"], bar["high"], low, close, rules)


def _prices(row: Rejected) -> dict[str, float]:
    """The prices of a bar by name, NaN for NULL."""
    return {
        "open": _number(row.open),
        "high": _number(row.high),
        "low": _number(row.low),
        "close": _number(row.close),
    }


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
