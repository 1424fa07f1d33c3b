"""Copies of the warehouse: for readers after each run, and a backup once a day."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quant.errors import BallastError
from tasks.context.context import Context
from warehouse import anchors, backup, publish
from warehouse.backup import Taken
from warehouse.connection import Database

log = logging.getLogger(__name__)


def leave_copies(context: Context) -> None:
    """Publish the warehouse for people and dashboards, and back it up when the newest backup is a day old."""
    with optional("the warehouse was not published"):
        publish.publish(context.warehouse, _keep_witness)
    with optional("the warehouse was not backed up"):
        if backup.is_due(context.home, context.now()):
            back_up(context)


def _keep_witness(db: Database, copy: Path) -> None:
    """Keep a published copy that knows more than the ledger beside the next one, to prove what is missing."""
    kept = anchors.set_aside(db, copy)
    if kept is not None:
        log.warning(
            "%s knew an entry that the ledger has not. It is kept as %s; see `ballast ledger verify`.",
            copy,
            kept.name,
        )


def back_up(context: Context) -> Taken:
    """Take a backup now, and rotate the older ones by the settings."""
    settings = context.settings
    return backup.take(context.warehouse, context.now(), settings.backup_daily, settings.backup_weekly)


@contextmanager
def optional(complaint: str) -> Iterator[None]:
    """What a full disk or a busy warehouse may prevent: the run has ended, and the ledger has it all."""
    try:
        yield
    except (OSError, BallastError) as error:
        log.warning("%s: %s", complaint, error)
