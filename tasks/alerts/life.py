"""The life of an alert: it fires, somebody acknowledges it, it is over. Pure.

What is the same fall is the same alert, whoever has seen it: the watch in the afternoon, the daily bar in the
evening, the runs of several portfolios. It is known by its fingerprint.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from warehouse.tables.alerts import AlertState, Severity

FAMILIES = {"range_shock": "fall", "flash_crash": "fall"}
"""Kinds that are one thing, seen in other bars."""
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")


@dataclass(frozen=True)
class Fall:
    """What was found of a fall; shares are None where not known, `tests` the statistics by name."""

    kind: str
    symbol: str
    session: date
    at: str
    severity: Severity
    confirmed: bool
    detail: str
    move: float | None
    depth: float | None = None
    recovered: float | None = None
    tests: Mapping[str, float | None] = field(default_factory=dict)
    vetoes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what makes it one alert: 64 hex digits."""
        same = [FAMILIES.get(self.kind, self.kind), self.symbol, self.session.isoformat()]
        return hashlib.sha256(json.dumps(same).encode()).hexdigest()


def begun(fall: Fall, now: datetime) -> AlertState:
    """The alert that a fall begins."""
    return AlertState(
        fall.fingerprint, fall.kind, fall.symbol, fall.session, fall.at, fall.severity, "firing",
        fall.confirmed, fall.detail, fall.move, fall.depth, fall.recovered, list(fall.vetoes), now,
    )  # fmt: skip


def merged(known: AlertState, fall: Fall) -> AlertState:
    """The alert after a fall that is the same was found again: never less severe, deep or certain.

    Who has acknowledged it has, unless it is worse than what was acknowledged.
    """
    severity = max(known.severity, fall.severity, key=SEVERITIES.index)
    worse = severity != known.severity
    confirmed = known.confirmed or fall.confirmed
    later = replace(
        known,
        severity=severity,
        confirmed=confirmed,
        detail=fall.detail if worse else known.detail,
        depth=_deeper(known.depth, fall.depth),
        recovered=fall.recovered if fall.recovered is not None else known.recovered,
        vetoes=[] if confirmed else known.vetoes or list(fall.vetoes),
    )
    if not worse or known.state == "resolved":
        return later
    return replace(later, state="firing", acknowledged_at=None, acknowledged_by=None)


def _deeper(one: float | None, other: float | None) -> float | None:
    known = [depth for depth in (one, other) if depth is not None]
    return max(known) if known else None
