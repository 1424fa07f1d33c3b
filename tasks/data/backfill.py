"""History into the warehouse: batches small enough that each is one short transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Event
from typing import TypeVar

from tasks.context.context import Context
from tasks.day.check_data import merge_batch
from tasks.day.fetch import stage_batch
from tasks.ingest.sharing import wanted
from tasks.run.lifecycle import RunRequest
from warehouse.ingest import Batch, Merged
from warehouse.tables.batches import SymbolFailure

T = TypeVar("T")

ROWS = 1_000_000
"""Bars that one transaction stores within two seconds; with fewer, each batch's own cost weighs more."""

RESUMED = timedelta(days=1)
"""What a backfill that was not complete stored this recently is not fetched again by the next one."""


@dataclass(frozen=True)
class Backfilled:
    """What a backfill brought: rows over all its batches, and each symbol's failure.

    `resumed` symbols were not asked for: a backfill of the same range that was not complete had stored them.
    """

    run_id: str
    source: str
    start: date
    end: date
    rows_new: int
    rows_restated: int
    rows_quarantined: int
    resumed: int
    held: tuple[str, ...]
    errors: tuple[SymbolFailure, ...]


def backfill(context: Context, run_id: str, request: RunRequest, start: date) -> Backfilled:
    """Fetch, check and store the order's symbols from `start` to its session, batch by batch.

    Goes on where a backfill of the same portfolio, source and range has stopped that was interrupted, or
    whose vendor was down or had given all that its budget allowed.
    """
    asked = request.portfolio.asked
    stored = _stored_before(context, request, start)
    left = [symbol for symbol in asked if symbol not in stored]
    done = list(_batches(context, run_id, request, start, left))
    return Backfilled(
        run_id, request.source, start, request.session,
        sum(merged.rows_new for _, merged in done),
        sum(merged.rows_restated for _, merged in done),
        sum(merged.rows_quarantined for _, merged in done),
        len(asked) - len(left),
        tuple(merged.held for _, merged in done if merged.held),
        tuple(error.without_answer() for batch, _ in done for error in batch.errors),
    )  # fmt: skip


def ahead(calls: Iterable[Callable[[], T]], stopped: Event) -> Iterator[T]:
    """The results of the calls, in order; each call works in a thread while the result before it is used.

    `stopped` is set when no more results are wanted, whatever the reason: a call may look at it and end.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting = None
        try:
            for call in calls:
                started = thread.submit(call)
                if waiting is not None:
                    yield waiting.result()
                waiting = started
            if waiting is not None:
                yield waiting.result()
        finally:
            stopped.set()


def _stored_before(context: Context, request: RunRequest, start: date) -> set[str]:
    """The symbols that backfills of the same range have stored since the last one that was complete."""
    scope = {
        "portfolio": request.portfolio.name,
        "source": request.source,
        "start": start,
        "end": request.session,
        "since": context.now() - RESUMED,
    }
    return set(context.warehouse.read(lambda db: db.column("backfill_stored", **scope)))


def _batches(
    context: Context, run_id: str, request: RunRequest, start: date, symbols: Sequence[str]
) -> Iterator[tuple[Batch, Merged]]:
    """Stage batch after batch, each while its predecessor is checked and merged."""
    sessions = len(request.portfolio.exchange().sessions(start, request.session))
    chunks = list(_chunks(symbols, max(ROWS // max(sessions, 1), 1)))
    stopped = Event()

    def stage(number: int, chunk: Sequence[str]) -> Callable[[], str]:
        def call() -> str:
            batch_id, before = f"{run_id}-{number}", sum(map(len, chunks[: number - 1]))
            watched = replace(context, progress=_overall(context, stopped, before, len(symbols)))
            asked = wanted(request.portfolio, request.session, context.now(), start)
            stage_batch(watched, batch_id, request.source, asked, chunk)
            return batch_id

        return call

    for batch_id in ahead((stage(number, chunk) for number, chunk in enumerate(chunks, 1)), stopped):
        yield merge_batch(context, run_id, batch_id)


class _StoppedError(Exception):
    """The backfill ends: the batch that is being fetched ahead is not wanted any more."""


def _overall(context: Context, stopped: Event, before: int, of: int) -> Callable[[str, int, int], None]:
    """Progress over all batches; ends a fetch that nobody waits for any more at its next symbol."""

    def progress(what: str, done: int, _: int) -> None:
        if stopped.is_set():
            raise _StoppedError
        context.progress(what, before + done, of)

    return progress


def _chunks(symbols: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(symbols), size):
        yield symbols[first : first + size]
