"""Whether the ledger holds: its chain, and each run against its last entry, in short visits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from warehouse.database.database import Database, Visit
from warehouse.record import anchors, ledger, seals
from warehouse.record.anchors import Anchor
from warehouse.record.entered import entered
from warehouse.record.ledger import Entry
from warehouse.record.seals import Ended, Reopened
from warehouse.tables.runs import StoredRun

ROWS = 20_000
"""Rows of results that one visit reads, or a run and those of its accounts: a fraction of a second."""


def offences(
    visit: Visit, progress: Callable[[str, int, int], None], outside: Sequence[Anchor] = ()
) -> list[tuple[int, str]]:
    """Where the ledger does not hold: the place in the chain, and a sentence. Empty when it holds.

    `outside` is what others know of it, from before now.

    What is judged is the ledger of the first visit: a run that ends, or begins again, after it is left to
    the next proof. Digests are computed between the visits.
    """
    chain, (length, last), ended, sent = visit(_whole)
    known = [*outside, *sent]
    newest = {entry.subject: entry for entry in chain if entry.kind == Ended.KIND}
    found = [*ledger.broken(chain, length, last), *_without_entry(ended, newest), *_ended_twice(chain)]
    found += [*anchors.missed(chain, known), *anchors.unfounded(chain)]
    runs, done = [newest[run_id] for run_id in sorted(newest)], 0
    for batch in _batches(runs):
        progress("Comparing runs with the ledger", done, len(runs))
        read = visit(partial(_read, batch))
        for entry, now in read:
            found += ((entry.seq, what) for what in _differing(entry, now))
        done += len(batch)
    return found


def _whole(db: Database) -> tuple[list[Entry], tuple[int, str], dict[str, str], list[Anchor]]:
    """The chain, its length and end, the entries of the runs that have ended, and what messages tell."""
    ended = {run.run_id: run.entry for run in db.select(StoredRun, "runs_ended") if run.entry}
    return ledger.entries(db), ledger.head(db), ended, anchors.sent(db)


def _read(batch: Sequence[Entry], db: Database) -> list[tuple[Entry, seals.Read | None]]:
    return list(seals.read(db, batch))


def _without_entry(ended: Mapping[str, str], newest: Mapping[str, Entry]) -> Iterator[tuple[int, str]]:
    for run_id, entry in ended.items():
        if run_id not in newest or newest[run_id].hash != entry:
            yield 0, f"the end of the run {run_id}, which was removed"


def _batches(runs: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The runs in parts of few rows; one with accounts stands alone, for there may be millions of rows."""
    batch: list[Entry] = []
    rows = 0
    for entry in runs:
        more = sum(table.rows for table in entered(entry, Ended).said.found.values())
        more += ROWS if "accounts" in entry.payload else 0
        if batch and rows + more > ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(entry)
        rows += more
    if batch:
        yield batch


def _ended_twice(chain: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    """Ends of runs that had ended and did not begin again; earlier versions did not enter that they had."""
    ended: set[str] = set()
    for entry in chain:
        if entry.kind == Reopened.KIND:
            ended.discard(entry.subject)
        elif entry.kind == Ended.KIND:
            if entry.subject in ended and "finished_at" in entry.payload:
                yield entry.seq, f"entry {entry.seq} (run {entry.subject}), which had ended and was set back"
            ended.add(entry.subject)


def _differing(entry: Entry, now: seals.Read | None) -> Iterator[str]:
    """How a run differs from its newest entry; nothing of one that began or ended again since."""
    name = f"entry {entry.seq} (run {entry.subject})"
    if now is None:
        yield f"{name}, whose run was removed"
    elif now.newest.kind == Reopened.KIND:
        if now.run.status != "running":
            yield f"{name}, which began again and ended without an entry"
    elif now.newest.hash != entry.hash:
        return
    elif now.run.status == "running":
        yield f"{name}, which was set back to running"
    elif now.run.entry is None:
        yield f"{name}, whose run was removed"
    elif now.run.entry == entry.hash:  # another hash is recorded of the run's end
        for what in seals.changed(entry, now):
            yield f"{name}: its {what} changed since"
