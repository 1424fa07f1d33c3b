"""Whom a critical alert calls that nobody has acknowledged: the deputy, then risk. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from config.alerts import Escalation
from config.people import Person, Role
from warehouse.record.entered import Said
from warehouse.tables.alerts import AlertPortfolio

ORDER: tuple[Role, ...] = ("manager", "deputy", "risk")
"""In which order people are called; managers are those who were told at first."""


class Called(Said):
    """People of a portfolio were called to an alert, whose fingerprint is the entry's subject."""

    KIND: ClassVar[str] = "escalate"

    portfolio: str
    role: str
    people: tuple[str, ...]


def due(link: AlertPortfolio, rules: Escalation, now: datetime) -> Role | None:
    """The last role that is to be called by now and was not; None where none is.

    Nobody is called to what the portfolio's people were not told as critical themselves.
    """
    if link.told_at is None or not (link.told_as or "critical").startswith("critical"):
        return None
    waits: dict[Role, float] = {"deputy": rules.deputy_minutes, "risk": rules.risk_minutes}
    over = [
        role for role, wait in waits.items() if wait > 0 and now - link.told_at >= timedelta(minutes=wait)
    ]
    return over[-1] if over and _place(over[-1]) > _place(link.called) else None


def called(people: Sequence[Person], link: AlertPortfolio, role: Role) -> list[Person]:
    """The people who are called now: of every role up to this one that was not called before."""
    return [one for one in people if _place(link.called) < _place(one.role) <= _place(role)]


def _place(role: str | None) -> int:
    return next((place for place, one in enumerate(ORDER) if one == role), 0)
