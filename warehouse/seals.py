"""What the ledger says of a run that has ended: digests of what it depended on and of all that it found."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, get_args

from warehouse import accounts, ledger
from warehouse.connection import Database
from warehouse.ledger import Entry
from warehouse.results import Table

KIND = "run"
PLAIN = (
    "flow", "portfolio", "session", "source", "historical", "known_at", "status", "error", "kill_switch",
    "value", "cash", "risk_volatility", "benchmark_day", "benchmark_month", "stale",
    "allocation_fitted_on", "allocation_reason",
    "controls", "portfolio_file", "last_rebalance",
)  # fmt: skip
"""What is entered as it stands; the rest by digest."""

Found = Mapping[str, list[dict[str, Any]]]
"""A run's rows by table, in order."""


def seal(db: Database, run_id: str, now: datetime) -> Entry:
    """Enter the end of a run, with all that may never change from now on."""
    run = db.rows("run", run_id=run_id)[0]
    found = {table: _rows(db, table, run_id)[run_id] for table in get_args(Table)}
    columns = {table: sorted(rows[0]) if rows else [] for table, rows in found.items()}
    payload = _payload(run, found, columns) | _of_accounts(db, run_id)
    entry = ledger.append(db, KIND, run_id, payload, now)
    db.run("run_sealed", run_id=run_id, hash=entry.hash)
    return entry


def differing(db: Database, entries: list[Entry]) -> Iterator[tuple[int, str]]:
    """The runs that are no longer what their last entry says: its place, and what differs in words."""
    sealed = {entry.hash: entry for entry in entries if entry.kind == KIND}
    tables = {table: _rows(db, table) for table in get_args(Table)}
    last = {entry.subject: entry for entry in sealed.values()}
    for run in db.rows("runs_ended"):
        entry = last.pop(run["run_id"], None)
        if entry is None or entry.hash != run["entry"]:
            yield 0, f"the end of the run {run['run_id']}, which was removed"
            continue
        columns = {table: said["columns"] for table, said in entry.payload["found"].items()}
        found = {table: tables[table][run["run_id"]] for table in columns}
        now = _payload(run, found, columns) | _of_accounts(db, run["run_id"])
        for what in _different(entry.payload, now):
            yield entry.seq, f"entry {entry.seq} (run {entry.subject}): its {what} changed since"
    for entry in last.values():
        state = db.one("run", run_id=entry.subject)
        if state is None or state["status"] != "running":  # a retry is at work on it again
            yield entry.seq, f"entry {entry.seq} (run {entry.subject}), whose run was removed"


def _different(said: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, value in said.items():
        if name != "found" and now.get(name) != value:
            yield f"{name} {'have' if name in {'versions', 'accounts'} else 'has'}"
    for table, value in said["found"].items():
        if now["found"][table] != value:
            yield f"rows of {table} have"


def _payload(run: Mapping[str, Any], found: Found, columns: Mapping[str, list[str]]) -> dict[str, Any]:
    """Rows count by the columns that they had at the end of the run: later ones are not its business."""
    payload = {name: run[name] for name in PLAIN} | {
        "data_digest": run["panel_digest"],
        "config_digest": text_digest(run["config"]),
        "settings_digest": text_digest(run["settings"]),
        "versions": text_digest(run["versions"]),
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


def text_digest(text: str) -> str:
    """The SHA-256 of a text that a run depended on, as `runs` has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(db: Database, table: str, run_id: str | None = None) -> defaultdict[str, list[dict[str, Any]]]:
    """The rows of a table of results by run, in order; of one run or of all."""
    every = f"from {table} where $run_id is null or run_id = $run_id order by run_id, ordinal"
    found = defaultdict[str, list[dict[str, Any]]](list)
    result = db.connection.execute(every, {"run_id": run_id})
    names = [column[0] for column in result.description or ()]
    for values in result.fetchall():
        row = dict(zip(names, values, strict=True))
        found[row.pop("run_id")].append(row)
    return found
