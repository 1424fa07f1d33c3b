"""Putting a decision off: a snoozed run is told of once more at its instant, if something is still open."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from quant.errors import InputError
from quant.people import Actor
from tasks.orders import recommendations
from tasks.orders.recommendations import Recommendation
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Acted, Entered


class Snoozed(Acted):
    """Somebody wants to be told of a run (the entry's subject) again at `until`; each `key` counts once."""

    KIND: ClassVar[str] = "snooze"

    until: datetime
    key: str


def snooze(
    db: Database, run_id: str, until: datetime, by: Actor, key: str, now: datetime
) -> Entered[Snoozed]:
    """Enter that a run is to be told of again at `until` (aware).

    Raises:
        InputError: nothing of it is open, the instant is not between now and the last expiry, or the key is
            known.
    """
    for one in entered.entries(db, Snoozed, run_id):
        if one.said.key == key:
            raise InputError(f"this was counted already: snoozed until {one.said.until:%Y-%m-%d %H:%M} UTC.")
    waiting = open_orders(recommendations.of_run(db, run_id, now))
    if not waiting:
        raise InputError(f"no order of run {run_id} is open: there is nothing to be reminded of.")
    last = max(one.expires for one in waiting)
    if not now < until < last:
        raise InputError(
            f"the instant must lie between now and {last:%Y-%m-%d %H:%M} UTC, when the last order expires."
        )
    return entered.append(db, run_id, Snoozed(**by.entry(), until=until, key=key), now)


def due(db: Database, now: datetime) -> list[Entered[Snoozed]]:
    """The snoozes whose instant has come, the oldest first, and of whose runs something is still open."""
    return [
        one
        for one in entered.entries(db, Snoozed)
        if one.said.until <= now and open_orders(recommendations.of_run(db, one.subject, now))
    ]


def open_orders(orders: Sequence[Recommendation]) -> list[Recommendation]:
    """Those that nobody has decided on to the end."""
    return [one for one in orders if one.state == "proposed"]
