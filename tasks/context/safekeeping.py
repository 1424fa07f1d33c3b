"""Copies of the warehouse: for readers after each run, and a backup once a day."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from quant.errors import BallastError
from tasks.context.context import Context
from warehouse.backend import Taken

log = logging.getLogger(__name__)


def leave_copies(context: Context) -> None:
    """Publish the warehouse for people and dashboards, and back it up when the newest backup is a day old."""
    with optional("the warehouse was not published"):
        context.warehouse.publish()
    with optional("the warehouse was not backed up"):
        if context.warehouse.backup_is_due(context.now()):
            back_up(context)


def back_up(context: Context) -> Taken:
    """Take a backup now, and rotate the older ones by the settings."""
    settings = context.settings
    return context.warehouse.back_up(context.now(), settings.backup_daily, settings.backup_weekly)


@contextmanager
def optional(complaint: str) -> Iterator[None]:
    """What a full disk or a busy warehouse may prevent: the run has ended, and the ledger has it all."""
    try:
        yield
    except OSError as error:
        log.warning("%s: %s (%s)", complaint, error.filename2 or error.filename or "a file", error.strerror)
    except BallastError as error:
        log.warning("%s: %s", complaint, error)
