"""Copies of the warehouse: for readers after each run, and a backup once a day."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from quant.errors import BallastError
from tasks.place import Place
from warehouse import backup, publish
from warehouse.backup import Taken

log = logging.getLogger(__name__)


def leave_copies(place: Place) -> None:
    """Publish the warehouse for people and dashboards, and back it up when the newest backup is a day old."""
    with optional("the warehouse was not published"):
        publish.publish(place.warehouse)
    with optional("the warehouse was not backed up"):
        if backup.is_due(place.home, place.now()):
            back_up(place)


def back_up(place: Place) -> Taken:
    """Take a backup now, and rotate the older ones by the settings."""
    settings = place.settings
    return backup.take(place.warehouse, place.now(), settings.backup_daily, settings.backup_weekly)


@contextmanager
def optional(complaint: str) -> Iterator[None]:
    """What a full disk or a busy warehouse may prevent: the run has ended, and the ledger has it all."""
    try:
        yield
    except (OSError, BallastError) as error:
        log.warning("%s: %s", complaint, error)
