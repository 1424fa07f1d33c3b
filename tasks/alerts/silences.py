"""Silences: for a while people are not told of some alerts. Each has an author, a reason and an end."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from quant.errors import InputError
from quant.people import Actor
from tasks.decisions.reasons import explained
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Acted, Entered
from warehouse.tables.alerts import AlertState

LONGEST = timedelta(days=30)


class Silenced(Acted):
    """Alerts that match every given field are not told until an instant; the subject is the silence's id.

    `portfolios`: those that are not told, None for all. `key` counts once.
    """

    KIND: ClassVar[str] = "silence"

    until: datetime
    reason: str
    symbol: str | None = None
    alert: str | None = None
    portfolios: tuple[str, ...] | None = None
    key: str | None = None


@dataclass(frozen=True)
class Silence:
    """A silence that lasts; `kind` is the alerts', None for every kind."""

    id: str
    symbol: str | None
    portfolios: tuple[str, ...] | None
    kind: str | None
    until: datetime
    by: str
    reason: str

    def matches(self, alert: AlertState, portfolio: str) -> bool:
        """Whether a portfolio is not told of an alert."""
        return (
            self.symbol in {None, alert.symbol}
            and self.kind in {None, alert.kind}
            and (self.portfolios is None or portfolio in self.portfolios)
        )

    def __str__(self) -> str:
        return f"silenced by {self.by} until {self.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {self.reason}"


def silence(
    db: Database,
    by: Actor,
    until: datetime,
    reason: str,
    now: datetime,
    *,
    symbol: str | None = None,
    kind: str | None = None,
    portfolios: Sequence[str] | None = None,
    key: str | None = None,
) -> Entered[Silenced]:
    """Enter a silence that begins now.

    Raises:
        InputError: the reason is empty, the end is not within 30 days, nothing says which alerts, or the key
            is known.
    """
    reason = explained(reason)
    if symbol is None and kind is None and portfolios is None:
        raise InputError("a silence needs --symbol, --portfolio or --kind: nobody silences every alert.")
    if not now < until <= now + LONGEST:
        raise InputError(
            f"--until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: the end must lie after now and within "
            f"{LONGEST.days} days."
        )
    if key is not None and any(one.said.key == key for one in entered.entries(db, Silenced)):
        raise InputError("this was counted already: the alerts are silenced.")
    chosen = tuple(portfolios) if portfolios is not None else None
    said = Silenced(
        **by.entry(), until=until, reason=reason, symbol=symbol, alert=kind, portfolios=chosen, key=key
    )
    return entered.append(db, uuid.uuid4().hex[:12], said, now)


def active(db: Database, now: datetime) -> list[Silence]:
    """The silences that last at an instant, the oldest first."""
    return [lasting(one) for one in entered.entries(db, Silenced) if now < one.said.until]


def lasting(entry: Entered[Silenced]) -> Silence:
    """The silence that an entry of the ledger began."""
    said = entry.said
    return Silence(
        entry.subject, said.symbol, said.portfolios, said.alert, said.until, said.by, said.reason
    )  # fmt: skip


def why(silent: Sequence[Silence], alert: AlertState, portfolio: str) -> str | None:
    """Why a portfolio is not told of an alert; None where it is."""
    return next((str(one) for one in silent if one.matches(alert, portfolio)), None)
