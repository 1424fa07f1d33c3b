"""What the ledger says of a run that has ended: digests of what it depended on and of all that it found."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse import accounts
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.ledger import Entry
from warehouse.tables.found import TABLES

KIND, REOPENED = "run", "reopened"
PLAIN = (
    "flow", "portfolio", "session", "source", "historical", "known_at", "status", "error", "kill_switch",
    "value", "cash", "risk_volatility", "benchmark_day", "benchmark_month", "stale", "gaps",
    "allocation_fitted_on", "allocation_reason",
    "controls", "portfolio_file", "last_rebalance", "started_at", "panel_sessions", "measures",
    "known_entries", "batch_id", "ingest", "finished_at", "docs", "url",
)  # fmt: skip
"""What is entered as it stands; the rest by digest."""

FOUND = tuple(row.TABLE for row in TABLES)
"""The tables whose rows an entry keeps by digest."""
Found = Mapping[str, list[dict[str, Any]]]
"""A run's rows by table, in order."""


@dataclass(frozen=True)
class Read:
    """A run as it is in the warehouse: its row, its rows of results, and the digests of its accounts.

    `messages` are those that arrived, by key; `newest` is the kind and hash of its newest entry.
    """

    run: Mapping[str, Any]
    found: Found
    of_accounts: dict[str, Any]
    messages: Mapping[str, dict[str, Any]]
    newest: tuple[str, str]


def seal(db: Database, run_id: str, now: datetime) -> Entry:
    """Enter the end of a run, with all that may never change from now on."""
    run = db.rows("run", run_id=run_id)[0]
    found = {table: _rows(db, table, run_id, run_id)[run_id] for table in FOUND}
    columns = {table: sorted(rows[0]) if rows else [] for table, rows in found.items()}
    payload = _payload(run, found, columns) | _of_accounts(db, run_id)
    payload["messages"] = _messages(db, [run_id])[run_id]
    entry = ledger.append(db, KIND, run_id, payload, now)
    db.run("run_sealed", run_id=run_id, hash=entry.hash)
    return entry


def read(db: Database, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Read | None]]:
    """What runs, given by their entries in the order of their ids, are now; None for one that is gone."""
    ids = [entry.subject for entry in entries]
    runs = {run["run_id"]: run for run in db.rows("runs_named", run_ids=ids)}
    tables = {table: _rows(db, table, ids[0], ids[-1]) for table in FOUND}
    messages = _messages(db, ids)
    newest = {row["subject"]: (row["kind"], row["hash"]) for row in db.rows("ledger_newest", run_ids=ids)}
    for entry in entries:
        run = runs.get(entry.subject)
        found = {table: rows[entry.subject] for table, rows in tables.items()}
        of_accounts = _of_accounts(db, entry.subject) if "accounts" in entry.payload else {}
        if run is None:
            yield entry, None
            continue
        told, last = messages[entry.subject], newest.get(entry.subject, (KIND, entry.hash))
        yield entry, Read(run, found, of_accounts, told, last)


def changed(entry: Entry, now: Read) -> Iterator[str]:
    """What of a run is not what its entry says, in words; what the entry does not name does not count."""
    said = entry.payload
    columns = {table: one["columns"] for table, one in said["found"].items()}
    found = {table: now.found[table] for table in columns}
    payload = _payload(now.run, found, columns) | _named(said, now.of_accounts)
    for name, value in said.items():
        if name not in {"found", "messages"} and payload.get(name) != value:
            yield f"{name} {'have' if name in {'versions', 'accounts', 'measures', 'definitions'} else 'has'}"
    for table, value in said["found"].items():
        if payload["found"][table] != value:
            yield f"rows of {table} have"
    for key, value in said.get("messages", {}).items():
        if now.messages.get(key) != value:
            yield f"message {key[:12]} has"


def _named(said: Mapping[str, Any], of_accounts: Mapping[str, Any]) -> dict[str, Any]:
    """What is found of accounts, without their holdings where an older entry does not name those."""
    known = said.get("accounts", {})
    return {
        key: {name: value for name, value in found.items() if name in known or name != "account_holdings"}
        for key, found in of_accounts.items()
    }


def _payload(run: Mapping[str, Any], found: Found, columns: Mapping[str, list[str]]) -> dict[str, Any]:
    """Rows count by the columns that they had at the end of the run: later ones are not its business."""
    payload = {name: run[name] for name in PLAIN} | {
        "data_digest": run["panel_digest"],
        "config_digest": text_digest(run["config"]),
        "settings_digest": text_digest(run["settings"]),
        "versions": text_digest(run["versions"]),
        "definitions": text_digest(run["definitions"] or ""),
        "found": {
            table: {
                "columns": columns[table],
                "rows": len(rows),
                "sha256": ledger.digest([{name: row[name] for name in columns[table]} for row in rows]),
            }
            for table, rows in found.items()
        },
    }
    return ledger.plain(payload)


def _of_accounts(db: Database, run_id: str) -> dict[str, Any]:
    """What was found of each account, by digest; nothing of a portfolio without accounts."""
    found = accounts.digests(db, run_id)
    return {"accounts": found} if found else {}


def _messages(db: Database, run_ids: Sequence[str]) -> defaultdict[str, dict[str, dict[str, Any]]]:
    """The messages of runs that arrived, by run and key: what is said of one never changes again."""
    found = defaultdict[str, dict[str, dict[str, Any]]](dict)
    for row in db.rows("notices_delivered", run_ids=list(run_ids)):
        said = {name: row[name] for name in ("channel", "portfolio", "kind", "state", "message_ts")}
        found[row["run_id"]][row["key"]] = said | {
            "session": row["session"].isoformat(),
            "payload": text_digest(row["payload"]),
        }
    return found


def text_digest(text: str) -> str:
    """The SHA-256 of a text that a run depended on, as `runs` has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(db: Database, table: str, first: str, last: str) -> defaultdict[str, list[dict[str, Any]]]:
    """The rows of a table of results by run, in order, of the runs whose ids lie between two."""
    between = f"from {table} where run_id between $first and $last order by run_id, ordinal"
    found = defaultdict[str, list[dict[str, Any]]](list)
    result = db.connection.execute(between, {"first": first, "last": last})
    names = [column[0] for column in result.description or ()]
    for values in result.fetchall():
        row = dict(zip(names, values, strict=True))
        found[row.pop("run_id")].append(row)
    return found
