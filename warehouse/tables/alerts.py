"""Alerts with their lives: one row for each fall of a symbol, or of a market, in a session."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from warehouse.tables.table import Row

Severity = Literal["info", "warning", "critical"]
State = Literal["firing", "acknowledged", "resolved"]
WATCHED = ("flash_crash", "market_wide")
"""The kinds that are seen in minute bars; every other kind is seen in a daily bar, after the session."""


@dataclass(frozen=True, slots=True)
class AlertState(Row):
    """An alert as it stands now, unique by its `fingerprint`; instants are UTC.

    `at` is the session or the instant of the fall, `move` its fall as it was first seen and `depth` the whole
    of it, `recovered` what part of that came back: shares, None where not known. `vetoes` are the reasons for
    which it is not confirmed.
    """

    TABLE: ClassVar[str] = "alert_states"
    fingerprint: str
    kind: str
    symbol: str
    session: date
    at: str
    severity: Severity
    state: State
    confirmed: bool
    detail: str
    move: float | None
    depth: float | None
    recovered: float | None
    vetoes: list[str]
    fired_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertTest(Row):
    """What a test said of an alert when it fired; None: it could not be computed."""

    TABLE: ClassVar[str] = "alert_tests"
    fingerprint: str
    test: str
    value: float | None


@dataclass(frozen=True, slots=True)
class AlertPortfolio(Row):
    """A portfolio that an alert concerns: the run that found it (None: the watch), and when it was told.

    `told_at` is when it was told first, or that it is critical and fires: others are called so long after it.
    `told_last` is when it was last told, `told_as` how it stood then (`tasks.alerts.grouping.standing`).
    `muted` says why it was not told, `called` the role that was called last because nobody acknowledged it.
    """

    TABLE: ClassVar[str] = "alert_portfolios"
    fingerprint: str
    portfolio: str
    run_id: str | None
    told_at: datetime | None = None
    muted: str | None = None
    called: str | None = None
    told_last: datetime | None = None
    told_as: str | None = None
