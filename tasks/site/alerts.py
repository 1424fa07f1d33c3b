"""Alerts as pages show them: how each stands, what it was, and who looks after it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from tasks.alerts.decided import Alert
from tasks.alerts.life import SEVERITIES
from tasks.context.instants import instant as stored
from tasks.context.words import instant, share
from tasks.report.document import Importance, Row, Table, Tone, row
from warehouse.tables.alerts import Severity, State

COLUMNS = ("alert", "state", "severity", "since", "depth", "recovered", "lasted")
SHOW = "ballast alerts"
STATES: tuple[State, ...] = ("firing", "acknowledged", "resolved")
TONES: dict[Severity, Tone] = {"critical": "bad", "warning": "warning", "info": "plain"}


def table(name: str, caption: str, found: Sequence[Alert], zone: str, portfolio: str | None = None) -> Table:
    """A row for each alert: what fires first, the worst first, then the newest; instants in `zone`.

    `portfolio`: whose page it is, which need not be told that the alert concerns it.
    """
    ordered = sorted(found, key=lambda one: one.fired_at, reverse=True)
    ordered.sort(key=lambda one: (STATES.index(one.state), -SEVERITIES.index(one.severity)))
    rows = tuple(_row(one, zone, portfolio) for one in ordered)
    return Table(name, caption, Importance.FIRST, SHOW, COLUMNS, rows, 4)


def open_ones(found: Sequence[Alert]) -> bool:
    """Whether one of them is not over."""
    return any(one.state != "resolved" for one in found)


def _row(one: Alert, zone: str, portfolio: str | None) -> Row:
    depth = one.depth if one.depth is not None else abs(one.move) if one.move is not None else None
    return row(
        f"{one.symbol} {one.kind.replace('_', ' ')}".strip(),
        one.state,
        one.severity if one.confirmed else f"{one.severity}, unconfirmed",
        instant(stored(one.fired_at), zone),
        share(depth) if depth is not None else "–",
        share(one.recovered) if one.recovered is not None else "–",
        lasted(one.resolved_at - one.fired_at) if one.resolved_at else "not over",
        tone=TONES[one.severity] if one.state == "firing" else _quiet(one.state),
        notes=tuple(_told(one, zone, portfolio)),
    )


def _quiet(state: State) -> Tone:
    return "muted" if state == "resolved" else "plain"


def _told(one: Alert, zone: str, portfolio: str | None) -> Iterator[str]:
    yield one.detail
    if not one.confirmed and one.vetoes:
        yield f"not confirmed: {'; '.join(one.vetoes)}"
    if one.acknowledged_by is not None and one.acknowledged_at is not None:
        yield f"acknowledged by {one.acknowledged_by} at {instant(stored(one.acknowledged_at), zone)}"
    if others := [name for name in one.portfolios if name != portfolio]:
        yield f"{'also ' if portfolio else ''}concerns {', '.join(others)}"
    if one.muted is not None:
        yield f"somebody was not told: {one.muted}"


def lasted(time: timedelta) -> str:
    """A length of time in words, in minutes, hours or days."""
    minutes = max(0, int(time.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes // (24 * 60)} days"
