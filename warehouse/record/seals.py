"""What the ledger says of a run that has ended: digests of what it depended on and of all that it found."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from quant.documents import Json
from warehouse import accounts
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.entered import Said, entered
from warehouse.record.ledger import Entry
from warehouse.tables.found import TABLES
from warehouse.tables.runs import StoredRun

PLAIN = (
    "flow", "portfolio", "session", "source", "historical", "known_at", "status", "error", "kill_switch",
    "value", "cash", "risk_volatility", "benchmark_day", "benchmark_month", "benchmark_year", "stale", "gaps",
    "allocation_fitted_on", "allocation_reason",
    "controls", "portfolio_file", "last_rebalance", "started_at", "panel_sessions", "measures",
    "known_entries", "batch_id", "ingest", "finished_at", "docs", "url",
)  # fmt: skip
"""What is entered as it stands; the rest by digest."""

FOUND = tuple(row.TABLE for row in TABLES)
"""The tables whose rows an entry keeps by digest."""
Found = Mapping[str, Sequence[Json]]
"""A run's rows by table, in order, with whatever columns the table has."""


class Digest(BaseModel):
    """The rows of a table by the SHA-256 of their canonical JSON, which names the columns."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    columns: tuple[str, ...]
    rows: int
    sha256: str


class Ended(Said):
    """The end of a run (the entry's subject): what `PLAIN` names as it stands, and what else it found.

    `accounts` are digests by table; `messages` those that had arrived, by key. Entries of older versions lack
    some of it.
    """

    KIND: ClassVar[str] = "run"

    found: dict[str, Digest]
    accounts: dict[str, str] = Field(default_factory=dict)
    messages: dict[str, Json] = Field(default_factory=dict)


class Reopened(Said):
    """A run that had ended begins again."""

    KIND: ClassVar[str] = "reopened"


@dataclass(frozen=True)
class Delivered:
    """A message that arrived, and a run that wanted it; `payload` is the text that was sent."""

    run_id: str
    key: str
    channel: str
    portfolio: str
    session: date
    kind: str
    payload: str
    state: str
    message_ts: str | None

    def as_entered(self) -> Json:
        """As it is entered, its text by digest."""
        own = {name: value for name, value in vars(self).items() if name not in {"run_id", "key"}}
        return own | {"session": self.session.isoformat(), "payload": text_digest(self.payload)}


@dataclass(frozen=True)
class Newest:
    """The newest entry of a run's end or of another beginning."""

    subject: str
    kind: str
    hash: str


@dataclass(frozen=True)
class Read:
    """A run as it is in the warehouse: its row, its rows of results, and the digests of its accounts.

    `messages` are those that arrived, by key; `newest` is its newest entry.
    """

    run: StoredRun
    found: Found
    accounts: Mapping[str, str]
    messages: Mapping[str, Json]
    newest: Newest


def seal(db: Database, run_id: str, now: datetime) -> Entry:
    """Enter the end of a run, with all that may never change from now on."""
    (run,) = db.select(StoredRun, "runs_named", run_ids=[run_id])
    rows = {table: _rows(db, table, run_id, run_id)[run_id] for table in FOUND}
    found = {table: vars(_digest(own, sorted(own[0]) if own else ())) for table, own in rows.items()}
    of_accounts = accounts.digests(db, run_id)
    more = {"accounts": of_accounts} if of_accounts else {}
    payload = _own(run) | more | {"found": found, "messages": _messages(db, [run_id])[run_id]}
    entry = ledger.append(db, Ended.KIND, run_id, payload, now)
    db.run("run_sealed", run_id=run_id, hash=entry.hash)
    return entry


def read(db: Database, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Read | None]]:
    """What runs, given by their entries in the order of their ids, are now; None for one that is gone."""
    ids = [entry.subject for entry in entries]
    runs = {run.run_id: run for run in db.select(StoredRun, "runs_named", run_ids=ids)}
    tables = {table: _rows(db, table, ids[0], ids[-1]) for table in FOUND}
    messages = _messages(db, ids)
    newest = {one.subject: one for one in db.select(Newest, "ledger_newest", run_ids=ids)}
    for entry in entries:
        run = runs.get(entry.subject)
        found = {table: rows[entry.subject] for table, rows in tables.items()}
        of_accounts = accounts.digests(db, entry.subject) if "accounts" in entry.payload else {}
        if run is None:
            yield entry, None
            continue
        arrived, last = (
            messages[entry.subject],
            newest.get(entry.subject, Newest(entry.subject, Ended.KIND, entry.hash)),
        )
        yield entry, Read(run, found, of_accounts, arrived, last)


def changed(entry: Entry, now: Read) -> Iterator[str]:
    """What of a run is not what its entry says, in words; what the entry does not name does not count."""
    said = entered(entry, Ended).said
    own = ledger.plain(_own(now.run)) | {"accounts": _named(said.accounts, now.accounts)}
    for name, value in entry.payload.items():
        if name not in {"found", "messages"} and own.get(name) != value:
            yield f"{name} {'have' if name in {'versions', 'accounts', 'measures', 'definitions'} else 'has'}"
    for table, digest in said.found.items():
        if _digest(now.found[table], digest.columns) != digest:
            yield f"rows of {table} have"
    for key, message in said.messages.items():
        if now.messages.get(key) != message:
            yield f"message {key[:12]} has"


def _named(known: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """What is found of accounts, without their holdings where an older entry does not name those."""
    return {name: value for name, value in found.items() if name in known or name != "account_holdings"}


def _own(run: StoredRun) -> dict[str, object]:
    """What is entered of a run's own row."""
    return {name: getattr(run, name) for name in PLAIN} | {
        "data_digest": run.panel_digest,
        "config_digest": text_digest(run.config),
        "settings_digest": text_digest(run.settings),
        "versions": text_digest(run.versions),
        "definitions": text_digest(run.definitions or ""),
    }


def _digest(rows: Sequence[Json], columns: Sequence[str]) -> Digest:
    """Rows count by the columns that they had at the end of the run: later ones are not its business."""
    sha256 = ledger.digest([{name: row[name] for name in columns} for row in rows])
    return Digest(columns=tuple(columns), rows=len(rows), sha256=sha256)


def _messages(db: Database, run_ids: Sequence[str]) -> defaultdict[str, dict[str, Json]]:
    """The messages of runs that arrived, by run and key: what is said of one never changes again."""
    found = defaultdict[str, dict[str, Json]](dict)
    for one in db.select(Delivered, "notices_delivered", run_ids=list(run_ids)):
        found[one.run_id][one.key] = one.as_entered()
    return found


def text_digest(text: str) -> str:
    """The SHA-256 of a text that a run depended on, as `runs` has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(db: Database, table: str, first: str, last: str) -> defaultdict[str, list[Json]]:
    """The rows of a table of results by run, in order, of the runs whose ids lie between two."""
    between = f"from {table} where run_id between $first and $last order by run_id, ordinal"
    found = defaultdict[str, list[Json]](list)
    result = db.connection.execute(between, {"first": first, "last": last})
    names = [column[0] for column in result.description or ()]
    for values in result.fetchall():
        row = dict(zip(names, values, strict=True))
        found[row.pop("run_id")].append(row)
    return found
