"""What people do with alerts: look at them, acknowledge one, silence some."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from quant.errors import InputError
from quant.people import Actor
from tasks.alerts import silences
from tasks.alerts.life import FAMILIES
from tasks.alerts.silences import Silence
from tasks.context.context import Context
from tasks.context.instants import read_instant
from tasks.context.safekeeping import leave_copies
from tasks.decisions.authority import authority, who
from warehouse import alerts, runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Acted, Entered
from warehouse.runs import Run
from warehouse.tables.alerts import WATCHED, AlertPortfolio, AlertState
from warehouse.tables.table import names

RECENT = timedelta(days=7)


class Acknowledged(Acted):
    """Somebody looks after an alert, whose fingerprint is the entry's subject."""

    KIND: ClassVar[str] = "acknowledge"


@dataclass(frozen=True, kw_only=True)
class Alert(AlertState):
    """An alert as it is listed: with its tests' statistics and the portfolios that it concerns.

    `muted` says why one of these was not told.
    """

    tests: Mapping[str, float | None]
    portfolios: Sequence[str]
    muted: str | None


@dataclass(frozen=True)
class Listed:
    """Alerts that are not over or have fired within a week, the newest first, and the silences that last."""

    alerts: list[Alert]
    silences: list[Silence]


def listing(context: Context) -> Listed:
    """What there is to see now."""
    now = context.now()
    return context.warehouse.read(lambda db: Listed(recent(db, now), silences.active(db, now)))


def recent(db: Database, now: datetime) -> list[Alert]:
    """The alerts that are not over or have fired within a week, the newest first."""
    return shown(db, alerts.listed(db, now - RECENT))


def acknowledge(db: Database, alert: AlertState, by: Actor, now: datetime) -> Entered[Acknowledged]:
    """Enter that somebody looks after an alert.

    Raises:
        InputError: it is over, or somebody does already.
    """
    if refusal := refused(alert):
        raise InputError(refusal)
    alerts.store(db, [replace(alert, state="acknowledged", acknowledged_at=now, acknowledged_by=by.name)])
    return entered.append(db, alert.fingerprint, Acknowledged(**by.entry()), now)


def refused(alert: AlertState) -> str | None:
    """Why nobody can acknowledge an alert; None where somebody can."""
    named = f"the {alert.kind.replace('_', ' ')} of {alert.symbol} on {alert.session}"
    if alert.state == "resolved":
        return f"{named} is over since {alert.resolved_at:%Y-%m-%d %H:%M} UTC."
    if alert.state == "acknowledged":
        when = f"{alert.acknowledged_at:%Y-%m-%d %H:%M} UTC"
        return f"{named} was acknowledged by {alert.acknowledged_by} at {when} already."
    return None


def silence(
    context: Context,
    by: Actor,
    until: str,
    reason: str,
    *,
    symbol: str | None = None,
    kind: str | None = None,
    portfolio: str | None = None,
) -> Silence:
    """Tell nobody of the alerts that match every given field until an instant.

    Without `portfolio`: none of the portfolios on which this person may silence alerts.

    Raises:
        InputError: the kind or portfolio is unknown, the instant is none, the person may not, or what
            `silences.silence` refuses.
    """
    end = read_instant(until)
    if end is None:
        raise InputError(f"--until {until!r}: write an instant with its offset, such as 2026-12-01T21:00Z.")

    def work(db: Database) -> Silence:
        known = {*FAMILIES, *WATCHED, *alerts.kinds(db)}
        if kind is not None and kind not in known:
            raise InputError(f"--kind {kind!r}: known are {', '.join(sorted(known))}.")
        person, concerned = _silencer(db, context, portfolio, by)
        return silences.lasting(
            silences.silence(
                db, person, end, reason, context.now(), symbol=symbol, kind=kind, portfolios=concerned
            )
        )

    done = context.warehouse.transact(work)
    leave_copies(context)
    return done


def shown(db: Database, found: Sequence[AlertState]) -> list[Alert]:
    """Alerts with their tests and portfolios, in the order that they have."""
    if not found:
        return []
    keys = [one.fingerprint for one in found]
    tests: dict[str, dict[str, float | None]] = defaultdict(dict)
    for test in alerts.tests(db, keys):
        tests[test.fingerprint][test.test] = test.value
    links: dict[str, list[AlertPortfolio]] = defaultdict(list)
    for link in alerts.portfolios(db, keys):
        links[link.fingerprint].append(link)
    return [
        Alert(
            **{name: getattr(one, name) for name in names(AlertState)},
            tests=tests[one.fingerprint],
            portfolios=[link.portfolio for link in links[one.fingerprint]],
            muted=next((link.muted for link in links[one.fingerprint] if link.muted), None),
        )
        for one in found
    ]


def one(db: Database, name: str) -> AlertState:
    """The alert whose fingerprint begins with `name`.

    Raises:
        InputError: there is none, or there are several.
    """
    found = alerts.named(db, name) if name else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"there is no alert {name!r}: `ballast alerts` lists them.")
    raise InputError(f"{len(found)} alerts begin with {name!r}: write more of the fingerprint.")


def entitled(context: Context, concerned: Sequence[Run], by: Actor) -> Actor:
    """Whoever acknowledges an alert of these runs: one of the people of any of them, if any lists people.

    Raises:
        InputError: the person is listed by none of them.
    """
    refusal: InputError | None = None
    for run in concerned:
        try:
            return who(authority(context.home, run), by, None)
        except InputError as error:
            refusal = error
    if refusal is not None:
        raise refusal
    return by


def _silencer(
    db: Database, context: Context, portfolio: str | None, by: Actor
) -> tuple[Actor, list[str] | None]:
    """Whoever silences, and the portfolios on which that person may; None for all of them."""
    known = db.column("run_portfolios")
    if portfolio is not None and portfolio not in known:
        raise InputError(f"portfolio {portfolio!r} has had no run: known are {', '.join(known) or 'none'}.")
    people, refusal = {}, None
    for name in [portfolio] if portfolio else known:
        try:
            people[name] = who(authority(context.home, runs.last(db, name)), by, "silence")
        except InputError as error:
            refusal = error
    if not people and refusal is not None:
        raise refusal
    person = next(iter(people.values()), by)
    return person, None if portfolio is None and len(people) == len(known) else [*people]
