"""Overriding a risk check for a while: asked for by one person, approved by another, shown while it lasts."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Literal

from config.portfolio import Portfolio
from quant import checks
from quant.errors import InputError
from quant.people import Actor, same_person
from quant.plugins import discover
from quant.rebalance.controls import HOLDS_REGARDLESS, Override
from tasks.context.context import Context
from tasks.context.instants import read_instant
from tasks.context.safekeeping import leave_copies
from tasks.decisions.authority import entitled
from tasks.decisions.reasons import explained
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Acted, Entered

LONGEST = timedelta(days=30)

State = Literal["requested", "approved", "revoked", "expired"]


class Spoken(Acted):
    """One person's word about an override, whose id is the entry's subject."""

    KIND: ClassVar[str] = "override"

    state: State


class Requested(Spoken):
    """A check of a portfolio, or of one symbol in it, is to hold nothing until an instant."""

    portfolio: str
    check: str
    symbol: str | None
    until: datetime
    reason: str


class Approved(Spoken):
    """The second person's word."""


class Revoked(Spoken):
    """The end of an override, or of a request."""

    reason: str


@dataclass(frozen=True)
class Request:
    """An override as it stands now; it holds back a check only while it is "approved"."""

    id: str
    state: State
    portfolio: str
    check: str
    symbol: str | None
    by: str
    reason: str
    requested_by: Actor
    requested_at: datetime
    until: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    revoked_by: str | None = None
    revoked_at: datetime | None = None
    revoked_because: str | None = None


def listing(db: Database, now: datetime) -> list[Request]:
    """Every override that was ever asked for, the oldest first."""
    found: dict[str, Request] = {}
    for entry in entered.entries(db, Spoken):
        if entry.said.state == "requested":
            found[entry.subject] = _requested(entered.entered(entry, Requested))
        elif entry.said.state == "approved":
            found[entry.subject] = replace(
                found[entry.subject], state="approved", approved_by=entry.said.by, approved_at=entry.at
            )
        else:
            found[entry.subject] = _revoked(found[entry.subject], entered.entered(entry, Revoked))
    return [_at(one, now) for one in found.values()]


def _requested(entry: Entered[Requested]) -> Request:
    said = entry.said
    return Request(
        id=entry.subject, state="requested", portfolio=said.portfolio, check=said.check, symbol=said.symbol,
        by=said.by, reason=said.reason, requested_by=said.who, requested_at=entry.at, until=said.until,
    )  # fmt: skip


def _revoked(one: Request, entry: Entered[Revoked]) -> Request:
    said = entry.said
    return replace(one, state="revoked", revoked_by=said.by, revoked_at=entry.at, revoked_because=said.reason)


def _at(one: Request, now: datetime) -> Request:
    return replace(one, state="expired") if one.state != "revoked" and now >= one.until else one


def in_force(db: Database, portfolio: str, now: datetime) -> tuple[Override, ...]:
    """What two people have overridden for a portfolio, now."""
    return tuple(
        Override(
            id=one.id, check=one.check, symbol=one.symbol, by=one.by, approved_by=one.approved_by,
            until=one.until, reason=one.reason,
        )
        for one in listing(db, now)
        if one.portfolio == portfolio and one.state == "approved" and one.approved_by
    )  # fmt: skip


def every(context: Context) -> list[Request]:
    """Every override that was ever asked for, the oldest first."""
    return context.warehouse.read(lambda db: listing(db, context.now()))


def request(
    context: Context, portfolio: str, check: str, symbol: str | None, by: Actor, reason: str, until: str
) -> Request:
    """Ask that a check of a portfolio hold nothing (or not one symbol) until an instant, or the end of a day.

    Raises:
        InputError: what was asked for is unknown, cannot be overridden, is over, lasts too long, or `by`
            may not override.
    """
    reason = explained(reason)
    _refuse_check(check)
    by = entitled(context, portfolio, by, "override")
    new = uuid.uuid4().hex[-8:]
    return context.warehouse.transact(
        lambda db: _request(db, new, portfolio, check, symbol, by, reason, until, context.now())
    )


def _request(
    db: Database,
    new: str,
    portfolio: str,
    check: str,
    symbol: str | None,
    by: Actor,
    reason: str,
    until: str,
    now: datetime,
) -> Request:
    config = Portfolio.model_validate_json(runs.last(db, portfolio).config)
    if symbol is not None and symbol not in config.symbols:
        held = ", ".join(config.symbols)
        raise InputError(f"symbol {symbol!r} is not in portfolio {portfolio!r}, which has {held}.")
    said = Requested(
        state="requested", **by.entry(),
        portfolio=portfolio, check=check, symbol=symbol, until=_end(until, config, now), reason=reason,
    )  # fmt: skip
    return _enter(db, new, said, now)


def approve(context: Context, text: str, by: Actor) -> Request:
    """The second person's word: from now on the override is in force.

    Raises:
        InputError: no such request, it is not open any more, the same person asked for it, or `by` may not
            override.
    """
    one = context.warehouse.read(lambda db: _find(db, text, context.now()))
    by = entitled(context, one.portfolio, by, "override")
    done = context.warehouse.transact(lambda db: _approve(db, text, by, context.now()))
    leave_copies(context)
    return done


def _approve(db: Database, text: str, by: Actor, now: datetime) -> Request:
    one = _find(db, text, now)
    if one.state != "requested":
        raise InputError(f"override {one.id} is {one.state} and cannot be approved.")
    if same_person(one.requested_by, by):
        raise InputError(
            f"{one.by} requested override {one.id}: a second person must approve it, whose name "
            "differs by more than case, accents, spaces or letters that look alike."
        )
    return _enter(db, one.id, Approved(state="approved", **by.entry()), now)


def revoke(context: Context, text: str, by: Actor, reason: str) -> Request:
    """End an override, or withdraw a request; one person is enough.

    Raises:
        InputError: no such override, it is over, or `by` may not override.
    """
    reason = explained(reason)
    one = context.warehouse.read(lambda db: _find(db, text, context.now()))
    by = entitled(context, one.portfolio, by, "override")
    done = context.warehouse.transact(lambda db: _revoke(db, text, by, reason, context.now()))
    leave_copies(context)
    return done


def _revoke(db: Database, text: str, by: Actor, reason: str, now: datetime) -> Request:
    one = _find(db, text, now)
    if one.state in {"revoked", "expired"}:
        raise InputError(f"override {one.id} is {one.state} already.")
    return _enter(db, one.id, Revoked(state="revoked", **by.entry(), reason=reason), now)


def _enter(db: Database, subject: str, said: Spoken, now: datetime) -> Request:
    entered.append(db, subject, said, now)
    return _find(db, subject, now)


def _find(db: Database, text: str, now: datetime) -> Request:
    found = [one for one in listing(db, now) if text and one.id.startswith(text)]
    if len(found) != 1:
        how = f"{len(found)} begin so" if found else "there is none"
        raise InputError(f"override {text!r}: {how}. `ballast override list` shows the ids.")
    return found[0]


def _refuse_check(check: str) -> None:
    known = [name for name in discover(checks) if name not in HOLDS_REGARDLESS]
    if check in HOLDS_REGARDLESS:
        raise InputError(f"{check!r} can never be overridden; these can be: {', '.join(known)}.")
    if check not in known:
        raise InputError(f"there is no check {check!r}: name one of {', '.join(known)}.")


def _end(text: str, portfolio: Portfolio, now: datetime) -> datetime:
    end = read_instant(text)
    if end is None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise InputError(
                f"the end {text!r}: write a day, 2026-12-01, or an instant with its offset, "
                "2026-12-01T16:00:00-05:00."
            ) from None
        midnight = datetime.combine(day, time.min, portfolio.exchange().zone)
        end = (midnight + timedelta(days=1)).astimezone(UTC)
    if not now < end <= now + LONGEST:
        raise InputError(
            f"the end {text} must lie after now and at most {LONGEST.days} days ahead, up to "
            f"{now + LONGEST:%Y-%m-%dT%H:%MZ}: to change a limit, edit the portfolio file."
        )
    return end
