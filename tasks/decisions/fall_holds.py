"""Orders that nobody may approve while their symbol falls: held at once, released by a recovery or a person.

Both are entries of the ledger, whose subject is the run. A fall that ends without a recovery leaves the hold:
the price has another level than the one that the order was made for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from config.portfolio import stored
from quant.errors import InputError
from quant.people import Actor
from tasks.context.context import Context
from tasks.context.words import share
from tasks.decisions.authority import authority, who
from tasks.decisions.reasons import explained
from tasks.orders import recommendations
from tasks.orders.recommendations import OPEN
from tasks.orders.supersession import Ended
from warehouse import alerts, runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Acted, Said
from warehouse.runs import Run
from warehouse.tables.alerts import WATCHED, AlertState

RECOVERED = 0.5
"""Share of a fall after whose recovery its orders are released."""
WATCH = "crash watch"
MARKET = "market_wide"


class Held(Said):
    """An order that is held because of a fall, its own or the market's: the `alert`, and when that fired."""

    KIND: ClassVar[str] = "hold"

    by: str
    symbol: str
    alert: str
    at: str
    reason: str


class Released(Acted):
    """An order that may be approved again."""

    KIND: ClassVar[str] = "release"

    symbol: str
    alert: str
    at: str
    reason: str


@dataclass(frozen=True)
class Hold:
    """An order of a run that is held; `reason`: what fell."""

    run_id: str
    symbol: str
    alert: str
    at: str
    reason: str

    def __str__(self) -> str:
        return (
            f"held, because {self.reason}. It is released when half of the fall is recovered, or by "
            f"`ballast alerts release {self.alert[:12]}`"
        )


def standing(db: Database, run_id: str) -> list[Hold]:
    """What holds orders of a run now, in the order of the falls; a symbol may be held by several."""
    over = {(one.said.symbol, one.said.alert, one.said.at) for one in entered.entries(db, Released, run_id)}
    return [
        Hold(run_id, said.symbol, said.alert, said.at, said.reason)
        for said in (one.said for one in entered.entries(db, Held, run_id))
        if (said.symbol, said.alert, said.at) not in over
    ]


def hold(db: Database, portfolio: str, alert: AlertState, now: datetime) -> None:
    """Hold the open orders of a portfolio's newest run in what falls; each once for each fall."""
    newest = runs.latest_live(db, portfolio)
    if newest is not None:
        _hold(db, newest, alert, now)


def carry(db: Database, run: Run, now: datetime) -> None:
    """Hold the orders of a run that has just ended where a fall holds, of which it does not know.

    A fall of a later session that still fires, or that held the orders of a run which this one replaces.
    """
    if run.historical or run.flow != "daily":
        return
    later = {one.fingerprint: one for one in alerts.listed(db, now) if one.session > run.session}
    replaced = [one.run_id for one in db.select(Ended, "runs_replaced_by", run_id=run.run_id)]
    held = alerts.of(db, {one.alert for name in replaced for one in standing(db, name)})
    for alert in held.values():
        if alert.session > run.session:
            _hold(db, run.run_id, alert, now)
    for link in alerts.portfolios(db, [*later]):
        alert = later[link.fingerprint]
        if link.portfolio == run.portfolio and alert.severity == "critical" and alert.kind in WATCHED:
            _hold(db, run.run_id, alert, now)


def _hold(db: Database, run_id: str, alert: AlertState, now: datetime) -> None:
    known = {(one.said.symbol, one.said.alert, one.said.at) for one in entered.entries(db, Held, run_id)}
    exchanges = stored(runs.load(db, run_id).config).calendars
    for order in recommendations.of_run(db, run_id, now):
        fell = exchanges.get(order.symbol) if alert.kind == MARKET else order.symbol
        falls = fell == alert.symbol
        if falls and order.state in OPEN and (order.symbol, alert.fingerprint, alert.at) not in known:
            said = Held(
                by=WATCH, symbol=order.symbol, alert=alert.fingerprint, at=alert.at, reason=_reason(alert)
            )
            entered.append(db, run_id, said, now)


def recover(db: Database, portfolios: Sequence[str], alert: AlertState, now: datetime) -> None:
    """Release what a fall held once half of it is recovered, or where it ended without being confirmed."""
    if alert.state != "resolved" or (alert.confirmed and (alert.recovered or 0.0) < RECOVERED):
        return
    back = f"{share(alert.recovered)} of the fall is recovered"
    reason = back if alert.confirmed else "it was never confirmed"
    for portfolio in portfolios:
        for one in held_by(db, portfolio, alert.fingerprint):
            _release(db, one, Actor.typed(WATCH), reason, now)


def held_by(db: Database, portfolio: str, fingerprint: str) -> list[Hold]:
    """The orders of a portfolio's newest run that an alert holds now."""
    newest = runs.latest_live(db, portfolio)
    return [one for one in (standing(db, newest) if newest else ()) if one.alert == fingerprint]


def release(context: Context, name: str, by: Actor, reason: str) -> list[Hold]:
    """Release the orders that the alert whose fingerprint begins with `name` holds; those.

    Of several portfolios those whose people this person is one of.

    Raises:
        InputError: no such alert, it holds no order, the person may override in none of the portfolios, or
            the reason is empty.
    """
    reason = explained(reason)

    def work(db: Database) -> list[Hold]:
        found = alerts.named(db, name) if name else []
        if len(found) != 1:
            raise InputError(f"{len(found)} alerts begin with {name!r}: `ballast alerts` lists them.")
        links = alerts.portfolios(db, [found[0].fingerprint])
        held = [one for link in links for one in held_by(db, link.portfolio, link.fingerprint)]
        if not held:
            raise InputError(f"the alert of {found[0].symbol} on {found[0].session} holds no order now.")
        done, refusal = [], None
        for one in held:
            try:
                person = who(authority(context.home, runs.load(db, one.run_id)), by, "override")
            except InputError as error:
                refusal = error
                continue
            _release(db, one, person, reason, context.now())
            done.append(one)
        if refusal is not None and not done:
            raise refusal
        return done

    return context.warehouse.transact(work)


def _release(db: Database, one: Hold, by: Actor, reason: str, now: datetime) -> None:
    said = Released(**by.entry(), symbol=one.symbol, alert=one.alert, at=one.at, reason=reason)
    entered.append(db, one.run_id, said, now)


def _reason(alert: AlertState) -> str:
    what = "the market" if alert.kind == MARKET else alert.symbol
    return f"{what} fell {share(alert.depth)} on {alert.session}"
