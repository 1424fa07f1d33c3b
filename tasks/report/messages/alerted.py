"""What is told of alerts after they were told: who looks after them, and who has silenced them. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Protocol

from quant.documents import Json
from tasks.context.words import count, share
from tasks.report.document import Document, Fact, Facts, Importance, Note, Notes, Tone, Verdict, line
from tasks.report.messages.message import Kind, Message
from warehouse.tables.alerts import AlertState


class Told(Protocol):
    """Whom alerts were told: a run's portfolio and session; without a run by the crash watch."""

    @property
    def portfolio(self) -> str: ...

    @property
    def session(self) -> date: ...

    @property
    def run_id(self) -> str | None: ...


def of_acknowledged(of: Told, found: Sequence[AlertState], by: str) -> Message:
    """Somebody looks after alerts of a portfolio."""
    said = [f"{line(one.symbol, 40)} {share(one.move, '+')}, {one.severity}" for one in found]
    what = f"{count(len(found), 'alert')} acknowledged by {by}"
    data: Json = {"by": by, "fingerprints": [one.fingerprint for one in found]}
    return _message("acknowledged", of, what, said, "good", data)


def of_silenced(of: Told, symbols: Sequence[str], by: str, until: datetime, reason: str) -> Message:
    """Somebody has silenced symbols for a portfolio."""
    end = f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    said = [f"{line(one, 40)}: no alert is sent until {end}" for one in symbols]
    what = f"Silenced by {by} until {end}: {reason}"
    data: Json = {"by": by, "symbols": [*symbols], "until": until.isoformat(), "reason": reason}
    return _message("silenced", of, what, said, "warning", data)


def of_escalated(of: Told, found: Sequence[AlertState], names: Sequence[str], minutes: float) -> Message:
    """Nobody has acknowledged critical alerts of a portfolio for some minutes; others are called."""
    fell = ", ".join(f"{line(one.symbol, 40)} {share(one.move, '+')}" for one in found)
    what = f"Not acknowledged for {minutes:.0f} minutes: {fell}"
    said = [f"Called: {', '.join(names)}. Acknowledge below the alert, or with `ballast alerts ack`."]
    data: Json = {"called": [*names], "fingerprints": [one.fingerprint for one in found]}
    return _message("escalation", of, what, said, "bad", data)


def of_test(alert: AlertState, portfolio: str, waits: float) -> Message:
    """A made-up alert, which says so; a true one would be told after `waits` seconds."""
    what = f"TEST of a {alert.severity} alert: nothing has fallen"
    told = f"{waits:g} seconds after it fired" if waits else "at once"
    said = (
        "This is a test of how alerts reach you. Nobody needs to do anything.",
        f"An alert like this would be told {told}.",
    )
    first = Notes(
        "first", "Read first", Importance.FIRST, "ballast alerts", tuple(Note(line(one)) for one in said)
    )
    where = Facts(
        "where", "Where", Importance.NEEDED, "ballast alerts",
        (Fact("To test again", "ballast alerts test", "command"),),
    )  # fmt: skip
    subject = f"{line(portfolio, 60)} · {alert.session} · TEST"
    verdict = Verdict(subject, line(what, 200), "warning", urgent=alert.severity == "critical")
    data: Json = {
        "portfolio": portfolio, "severity": alert.severity, "at": alert.fired_at.isoformat(), "test": True,
    }  # fmt: skip
    return Message("test", Document(verdict, (first,), where), data)


def _message(kind: Kind, of: Told, what: str, said: Sequence[str], tone: Tone, data: Json) -> Message:
    verdict = Verdict(
        f"{line(of.portfolio, 60)} · {of.session}", line(what, 200), tone, urgent=kind == "escalation"
    )
    notes = tuple(Note(line(one, 300)) for one in said)
    first = Notes("first", "Which", Importance.FIRST, "ballast alerts", notes)
    where = Facts(
        "where", "Where", Importance.NEEDED, "ballast alerts", (Fact("Alerts", "ballast alerts", "command"),)
    )
    return Message(
        kind, Document(verdict, (first,), where), {"run_id": of.run_id, "portfolio": of.portfolio, **data}
    )
