"""Bringing back a backup: what was disabled stays disabled, though the backup does not know it."""

from dataclasses import dataclass

from quant.errors import BallastError
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.decisions import halts
from tasks.decisions.halts import Switch
from tasks.holdings import booking_journal
from warehouse.backend import Restored


@dataclass(frozen=True)
class BroughtBack:
    """What was restored, how many fills and cancellations were entered again, and what was disabled again.

    `known` says whether anybody could still tell what was disabled.
    """

    restored: Restored
    booked: int
    disabled: tuple[Switch, ...]
    known: bool


def restore(context: Context, name: str | None) -> BroughtBack:
    """Replace the warehouse by a backup, and enter again what holds orders back or stands in the holdings.

    People were told that a portfolio is disabled until somebody enables it, and a backup from before would
    trade it. What is disabled is read from the warehouse before it is replaced, else from the copy for
    readers.

    Raises:
        InputError: there is no such backup, or `name` means several.
        WarehouseError: another process holds the warehouse, or no backup is good; nothing has changed.
    """
    before = _disabled(context)
    restored = context.warehouse.restore(context.now(), name)
    booked = context.warehouse.transact(lambda db: booking_journal.catch_up(db, context.home, context.now()))
    again = context.warehouse.transact(lambda db: halts.disable_again(db, before or (), context.now()))
    if again:
        leave_copies(context)
    return BroughtBack(restored, len(booked), tuple(again), before is not None)


def _disabled(context: Context) -> list[Switch] | None:
    """What is disabled now; None where neither the warehouse nor its copy can be read."""
    if context.warehouse.exists():
        try:
            return context.warehouse.read(halts.every_disabled)
        except BallastError:
            pass  # it is damaged, which is why there are backups
    return context.warehouse.read_copy(halts.every_disabled)
