"""A year as one archive for compliance: what was found, decided and done, and the ledger that proves it.

The same content gives the same bytes: nothing in the files says when or where the archive was made.
"""

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.csv

from quant.documents import Json
from quant.errors import InputError, WarehouseError
from quant.printable import cell
from tasks.context.cells import cells
from tasks.context.context import Context
from tasks.orders import realised_gains, recommendations
from tasks.orders.disallowed import Replacements, replacements
from tasks.orders.entries import Fill, key
from tasks.orders.recommendations import Recommendation
from tasks.record import archive
from tasks.record import ledger as chain
from tasks.report.assemble import assemble
from tasks.report.model import Report
from warehouse import accounts
from warehouse.database.database import Database
from warehouse.record import ledger, verify
from warehouse.record.entered import Entered
from warehouse.record.ledger import Entry
from warehouse.record.seals import Ended
from warehouse.runs import Run, load
from warehouse.tables.table import names

README = """# The record of {year}

Everything that Ballast found, recommended and was told in {year}: runs whose session lies in the year or that
were started in it, what people decided, and what was traded.

| file | holds |
|---|---|
| `manifest.json` | the SHA-256 of every other file, and the hash of the ledger's last entry here |
| `runs/ID/report.json` | what the run found, as `ballast show ID --json` tells it |
| `runs/ID/account*.csv` | where accounts follow the portfolio: what each held, and what was found of each |
| `runs/ID/used.json` | what it depended on: portfolio as resolved, settings, versions, known_at, digests |
| `trades.csv`, `checks.csv` | every trade, held ones too, and every risk check of these runs |
| `recommendations.csv` | where each recommendation stands |
| `notices.csv` | every message, with its text as sent and what became of it |
| `decisions.csv` | what people decided, with who, when and why |
| `fills.csv` | every imported execution, with lots, gain and disallowed loss, and when it was cancelled |
| `review.html`, `review.json` | the review of the year, where `ballast review` made the archive |
| `ledger.jsonl` | the ledger from its first entry to the last of the year, one JSON object a line |

An entry's `hash` is the SHA-256 of its canonical JSON: all its other fields, of which `previous`, the hash of
the entry before it, is one; keys sorted, no spaces, UTF-8. So whoever keeps one hash, from a message or an
earlier archive, can prove that nothing before it was changed. `found` in an entry of kind `run`
has the digests of what the run found, `config_digest` the SHA-256 of the text `config` in its `used.json`.
"""


@dataclass(frozen=True)
class Archive:
    """What was written where; `sha256` is of the whole file."""

    out: Path
    year: int
    runs: int
    entries: int
    files: int
    sha256: str


def export(context: Context, year: int, out: Path, more: Mapping[str, bytes] | None = None) -> Archive:
    """Write the record of a year, whole or not at all, once the ledger is proven to hold.

    `more` are other files that go into the archive, by name.

    Raises:
        InputError: nothing happened in the year, or the file exists or cannot be written.
        WarehouseError: the ledger does not hold.
    """
    out = out.expanduser().resolve()
    if out.exists() or not out.parent.is_dir():
        what = "exists: an archive is never overwritten" if out.exists() else "lies in no folder that exists"
        raise InputError(f"{out} {what}. Name another file.")
    found = verify.chain(context.warehouse.read, context.progress, chain.outside(context))
    if found.broken:
        raise WarehouseError(f"the ledger does not hold, nothing was written. First broken: {found.first}.")
    runs, own, entries = context.warehouse.read(lambda db: of_year(db, year))
    head = entries[-1].hash if entries else ledger.GENESIS
    made = itertools.chain((more or {}).items(), _files(context, year, runs, own, entries))
    files, sha = archive.write(out, made, {"year": year, "head": head})
    return Archive(out, year, len(runs), len(entries), files, sha)


def _files(
    context: Context, year: int, runs: Sequence[Run], own: Sequence[Entry], entries: Sequence[Entry]
) -> Iterator[archive.File]:
    """Every file but the manifest, made one at a time: those of accounts are large."""
    yield "README.md", README.format(year=year).encode()
    yield "ledger.jsonl", "".join(f"{ledger.canonical(vars(one))}\n" for one in entries).encode()
    yield from context.warehouse.read(lambda db: _tables(db, runs, own)).items()
    yield from _found(context, runs)


def of_year(db: Database, year: int) -> tuple[list[Run], list[Entry], list[Entry]]:
    """The runs and entries of a year, and the chain from its beginning to the last of these."""
    runs = [load(db, run_id) for run_id in db.column("runs_of_year", year=year)]
    ids = {run.run_id for run in runs}
    chain = ledger.entries(db)
    own = [one for one in chain if one.at.year == year or one.subject in ids]
    if not own and not runs:
        raise InputError(f"no run and no entry of the ledger is of the year {year}.")
    return runs, own, [one for one in chain if own and one.seq <= own[-1].seq]


def _tables(db: Database, runs: Sequence[Run], entries: Sequence[Entry]) -> dict[str, bytes]:
    """The files that hold one table for the whole year."""
    ids = sorted(run.run_id for run in runs)
    kinds = {Ended.KIND, Fill.KIND}
    own, hashes = {one.seq for one in entries}, [one.hash for one in entries]
    done = replacements(recommendations.standing(db))
    return {
        "trades.csv": _csv(db.select(_line, "trades_of_runs", runs=ids)),
        "checks.csv": _csv(db.select(_line, "checks_of_runs", runs=ids)),
        "notices.csv": _csv(db.select(_line, "notices_of_runs", runs=ids, entries=hashes)),
        "decisions.csv": _csv(_flat(one) for one in entries if one.kind not in kinds),
        "fills.csv": _csv(
            _fill(one, taken, done) for one, taken in recommendations.recorded(db) if one.seq in own
        ),
    }


def _found(context: Context, runs: Sequence[Run]) -> Iterator[archive.File]:
    """What each run used and found, and where its recommendations stand; a short visit for each run."""
    states = list[Json]()
    for number, run in enumerate(runs):
        context.progress("Writing runs", number, len(runs))
        yield f"runs/{run.run_id}/used.json", _json(_used(run))
        if run.flow != "daily" or run.status == "running":
            continue
        report, recommended = context.warehouse.read(partial(_recorded, run_id=run.run_id, now=context.now()))
        states += map(asdict, recommended)
        content = report.model_dump(mode="json") | {"ledger": report.ledger and report.ledger.model_dump()}
        yield f"runs/{run.run_id}/report.json", _json(content)
        yield from _of_accounts(context, run)
    yield "recommendations.csv", _csv(states)


def _recorded(db: Database, *, run_id: str, now: datetime) -> tuple[Report, list[Recommendation]]:
    return assemble(db, run_id, now), _recommended(db, run_id, now)


def _of_accounts(context: Context, run: Run) -> Iterator[archive.File]:
    """What a run knew and found of each account, a visit for each table; nothing where it has none."""
    digest = json.loads(run.config).get("accounts_digest")
    if digest is None:
        return
    held = context.warehouse.read(lambda db: accounts.holdings(db, digest))
    yield f"runs/{run.run_id}/account_holdings.csv", _columns(held)
    for table in get_args(accounts.Table):
        found = context.warehouse.read(partial(accounts.of_run, run_id=run.run_id, table=table))
        if len(found):
            yield f"runs/{run.run_id}/{table}.csv", _columns(found)


def _used(run: Run) -> Json:
    """What a run depended on, and how it ended; not which process it was."""
    process = {"owner", "heartbeat", "finished_at"}
    own = {name: getattr(run, name) for name in names(Run) if name not in process}
    parsed = {"settings": json.loads(run.settings), "versions": run.made_with, "stale": run.stale or []}
    return own | parsed


def _line(**columns: object) -> Json:
    return columns


def _recommended(db: Database, run_id: str, now: datetime) -> list[Recommendation]:
    """What a run recommended as it stands; of accounts, what those with fills were recommended, too."""
    filled = {fill.said.account for fill, _ in recommendations.recorded(db, run_id) if fill.said.account}
    own = recommendations.of_accounts(db, run_id, filled, now) if filled else []
    return [*recommendations.of_run(db, run_id, now), *own]


def _flat(entry: Entry) -> Json:
    place = {"seq": entry.seq, "at": entry.at, "kind": entry.kind, "subject": entry.subject}
    return {**place, **entry.payload}


def _fill(entry: Entered[Fill], cancellation: Entry | None, done: Replacements) -> Json:
    """A fill with what its sale realised and when it was taken back; its lots and replaced shares as JSON."""
    lots = realised_gains.realised(entry.said, done.get(key(entry), ()))
    return {
        **_flat(entry),
        "lots": ledger.canonical(entry.payload.get("lots", [])),
        "replaced": ledger.canonical(entry.payload.get("replaced", [])),
        "gain": realised_gains.total(lots),
        "disallowed": sum(lot.disallowed for lot in lots),
        "cancelled": cancellation and cancellation.at,
    }


def _json(content: Json) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n").encode()


def _csv(rows: Iterable[Json]) -> bytes:
    """A table with every column that any row has; empty where none has a row."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return written.getvalue().encode()


def _cell(value: object) -> object:
    return cell(value) if isinstance(value, str) else value


def _columns(table: pa.Table) -> bytes:
    """A table of columns as CSV; numbers in full, nothing where there is none."""
    written = io.BytesIO()
    pyarrow.csv.write_csv(cells(table), written)
    return written.getvalue()
