"""History into the warehouse: batches small enough that each is one short transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from config.calendars import Calendar
from tasks.check_data import merge_batch
from tasks.fetch import stage_batch
from tasks.ledger import Order
from tasks.place import Place
from tasks.reporting import without_answer
from warehouse.ingest import Batch, Merged

ROWS = 500_000
"""Bars that one transaction stores within two seconds; with fewer, each batch's own cost weighs more."""


@dataclass(frozen=True)
class Backfilled:
    """What a backfill brought: rows over all its batches, and each symbol's failure."""

    run_id: str
    source: str
    start: date
    end: date
    rows_new: int
    rows_restated: int
    rows_quarantined: int
    held: tuple[str, ...]
    errors: tuple[dict[str, str], ...]


def backfill(place: Place, run_id: str, order: Order, start: date) -> Backfilled:
    """Fetch, check and store the order's symbols from `start` to its session, batch by batch."""
    portfolio = order.portfolio
    sessions = len(Calendar(portfolio.calendar).sessions(start, order.session))
    chunks = list(_chunks(portfolio.watched, max(ROWS // max(sessions, 1), 1)))
    done: list[tuple[Batch, Merged]] = []
    for number, symbols in enumerate(chunks, 1):
        batch_id = f"{run_id}-{number}"
        place.progress(f"Batch {number} of {len(chunks)}", number - 1, len(chunks))
        stage_batch(place, batch_id, order.source, portfolio, symbols, start, order.session)
        done.append(merge_batch(place, run_id, batch_id))
    place.progress("Stored", len(chunks), len(chunks))
    return Backfilled(
        run_id, order.source, start, order.session,
        sum(merged.rows_new for _, merged in done),
        sum(merged.rows_restated for _, merged in done),
        sum(merged.rows_quarantined for _, merged in done),
        tuple(merged.held for _, merged in done if merged.held),
        tuple(without_answer(error) for batch, _ in done for error in batch.errors),
    )  # fmt: skip


def _chunks(symbols: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(symbols), size):
        yield symbols[first : first + size]
