"""Whether the ledger holds: its chain, and each run against its last entry, in short visits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from warehouse import ledger, seals
from warehouse.connection import Database
from warehouse.ledger import Entry

Visit = Callable[[], AbstractContextManager[Database]]

ROWS = 20_000
"""Rows of results that one visit reads, or a run and those of its accounts: a fraction of a second."""


def offences(visit: Visit, progress: Callable[[str, int, int], None]) -> list[tuple[int, str]]:
    """Where the ledger does not hold: the place in the chain, and a sentence. Empty when it holds.

    What is judged is the ledger of the first visit: a run that ends, or begins again, after it is left to
    the next proof. Digests are computed between the visits.
    """
    with visit() as db:
        chain, (length, last) = ledger.entries(db), ledger.head(db)
        ended = {row["run_id"]: row["entry"] for row in db.rows("runs_ended")}
    newest = {entry.subject: entry for entry in chain if entry.kind == seals.KIND}
    found = [*ledger.broken(chain, length, last), *_without_entry(ended, newest)]
    runs, done = [newest[run_id] for run_id in sorted(newest)], 0
    for batch in _batches(runs):
        progress("Comparing runs with the ledger", done, len(runs))
        with visit() as db:
            read = list(seals.read(db, batch))
        for entry, now in read:
            found += ((entry.seq, what) for what in _differing(entry, now))
        done += len(batch)
    return found


def _without_entry(ended: Mapping[str, str], newest: Mapping[str, Entry]) -> Iterator[tuple[int, str]]:
    for run_id, entry in ended.items():
        if run_id not in newest or newest[run_id].hash != entry:
            yield 0, f"the end of the run {run_id}, which was removed"


def _batches(runs: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The runs in parts of few rows; one with accounts stands alone, for there may be millions of rows."""
    batch: list[Entry] = []
    rows = 0
    for entry in runs:
        more = sum(table["rows"] for table in entry.payload["found"].values())
        more += ROWS if "accounts" in entry.payload else 0
        if batch and rows + more > ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(entry)
        rows += more
    if batch:
        yield batch


def _differing(entry: Entry, now: seals.Read | None) -> Iterator[str]:
    """How a run differs from its newest entry; nothing of one that works or has another entry since."""
    name = f"entry {entry.seq} (run {entry.subject})"
    if now is None or (now.run["status"] != "running" and now.run["entry"] is None):
        yield f"{name}, whose run was removed"
    elif now.run["status"] != "running" and now.run["entry"] == entry.hash:
        for what in seals.changed(entry, now):
            yield f"{name}: its {what} changed since"
