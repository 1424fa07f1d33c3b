"""The ledger for those who want to see or to prove it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tasks.context.context import Context
from tasks.holdings import booking_journal
from warehouse.database.database import Database
from warehouse.record import anchors, ledger
from warehouse.record import verify as verifying
from warehouse.record.anchors import Anchor
from warehouse.record.ledger import Entry
from warehouse.record.verify import Invariant

if TYPE_CHECKING:
    from tasks.report.model import Ledger

FEW = 1_000
"""Entries that are proven in one visit to the warehouse: opening it takes longer than reading them."""


def outside(context: Context, hashes: Sequence[str] = ()) -> list[Anchor]:
    """What copies, messages, holdings and a person (`hashes`) know of the ledger outside its file."""
    own = [Anchor("the message with this hash", one) for one in hashes]
    return [
        *context.warehouse.witnesses(),
        *anchors.outside(context.home),
        *booking_journal.anchors(context.home),
        *own,
    ]


def verify(context: Context, hashes: Sequence[str] = ()) -> tuple[int, str, Invariant]:
    """How many entries there are, the hash of the last, and whether all of it holds.

    The `hashes` that a person has, as from messages, must be in it.
    """
    known = outside(context, hashes)

    def begun(db: Database) -> tuple[int, str, Invariant | None]:
        length, head = ledger.head(db)
        return length, head, verifying.chain(db.visit, context.progress, known) if length <= FEW else None

    length, head, found = context.warehouse.read(begun)
    return length, head, found or verifying.chain(context.warehouse.read, context.progress, known)


def entries(context: Context, run: str | None) -> tuple[list[Entry], Ledger | None]:
    """The entries of a run and what it depended on; or all entries.

    Raises:
        InputError: no such run, or it has not ended.
    """
    from tasks.report.find_report import find_report  # noqa: PLC0415 - a proof needs no report

    report = find_report(context, run, None) if run else None
    subject = report.run_id if report else None
    found = context.warehouse.read(lambda db: ledger.entries(db, subject=subject))
    return found, report.ledger if report else None
