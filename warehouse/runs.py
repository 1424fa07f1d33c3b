"""The run ledger: what a run depended on, where it stands, and closing those that died."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from quant.errors import InputError
from warehouse import owner
from warehouse.database.database import Database
from warehouse.record import entered, seals
from warehouse.record.seals import Reopened
from warehouse.tables.table import null

# A run on another machine cannot be asked whether it lives: after this long a silence it is given up.
SILENT = timedelta(hours=1)


@dataclass(frozen=True)
class Run:
    """One run as it is stored. `config` is the resolved portfolio file as JSON text.

    `measures` names what it measured (estimators, signals, "risk"), `panel_sessions` how deep; `entry` is the
    hash of the ledger's entry of its end, `portfolio_file` where its file lay, `controls` what people decided
    and other runs did, `definitions` what it computes with, `gaps` the holes in its prices (JSON text);
    `known_entries` is how long the ledger was when its holdings were read, `ingest` the run that fetched for
    it and others. None in a run from before they were kept, and `entry` while it works. `asked_at` is when
    its prices were asked for.
    """

    run_id: str
    flow: str
    portfolio: str
    session: date
    source: str
    historical: bool
    batch_id: str | None
    known_at: datetime | None
    started_at: datetime
    status: str
    error: str | None
    config: str
    settings: dict[str, Any]
    versions: dict[str, Any]
    kill_switch: str | None
    value: float | None
    cash: float | None
    benchmark_day: float | None
    benchmark_month: float | None
    panel_digest: str | None
    panel_sessions: int | None
    measures: list[str] | None
    risk_volatility: float | None
    allocation_fitted_on: date | None
    allocation_reason: str | None
    stale: list[str]
    gaps: str | None
    docs: str | None
    url: str | None
    last_rebalance: date | None
    entry: str | None
    portfolio_file: str | None
    controls: str | None
    definitions: str | None
    known_entries: int | None
    ingest: str | None
    asked_at: datetime

    @property
    def told_by(self) -> str:
        """The run whose batches are what it was told: itself, or the one that fetched for it."""
        return self.ingest or self.run_id


@dataclass(frozen=True)
class Facts:
    """What a run measured of the portfolio as a whole; the names are those of `Run`. NaN: not known."""

    value: float
    cash: float
    benchmark_day: float
    benchmark_month: float
    panel_digest: str
    panel_sessions: int
    measures: list[str]
    stale: list[str]
    gaps: str | None
    allocation_fitted_on: date | None
    allocation_reason: str | None
    risk_volatility: float | None


def load(db: Database, run_id: str) -> Run:
    """The run with this id.

    Raises:
        InputError: there is none.
    """
    run = known(db, run_id)
    if run is None:
        raise InputError(f"unknown run {run_id!r}: `ballast show latest` names the newest one.")
    return run


def known(db: Database, run_id: str) -> Run | None:
    """The run with this id, None where there is none."""
    row = db.one("run", run_id=run_id)
    if row is None:
        return None
    fields = {name: row[name] for name in Run.__dataclass_fields__}
    parsed = {name: json.loads(row[name]) for name in ("settings", "versions")}
    return Run(**{**fields, **parsed, "stale": row["stale"] or []})


def find(db: Database, text: str, portfolio: str | None) -> str:
    """The id of the run that `text` means: "latest", an id, or the beginning of one.

    Raises:
        InputError: no run, or more than one.
    """
    if text == "latest":
        row = db.one("run_latest", portfolio=portfolio)
        if row is None:
            of = f" of portfolio {portfolio!r}" if portfolio else ""
            raise InputError(f"there is no finished run{of} yet: start one with `ballast daily`.")
        return str(row["run_id"])
    ids = [str(row["run_id"]) for row in db.rows("runs_like", prefix=text)]
    if text in ids:
        return text
    if len(ids) != 1:
        found = f"{len(ids)} runs begin so" if ids else "there is no such run"
        raise InputError(f"run {text!r}: {found}. Give the whole id, or `latest`.")
    return ids[0]


def close_dead(db: Database, now: datetime) -> list[str]:
    """Close the runs whose process is gone as `failed: interrupted`; the ids of those still alive."""
    living = []
    for row in db.rows("runs_running"):
        silent = not owner.is_local(row["owner"]) and now - row["heartbeat"] > SILENT
        if owner.is_dead(row["owner"]) or silent:
            finish(db, row["run_id"], "failed", now, error="interrupted")
        else:
            living.append(row["run_id"])
    return living


def reopen(db: Database, run_id: str, now: datetime, kill_switch: str | None) -> None:
    """Begin a run again, as a retry does; where it had ended, with an entry that says so."""
    if load(db, run_id).entry is not None:
        entered.append(db, run_id, Reopened(), now)
    db.run("run_reopen", run_id=run_id, owner=owner.current(), kill_switch=kill_switch, now=now)


def finish(db: Database, run_id: str, status: str, now: datetime, error: str | None = None) -> bool:
    """The end of a run: its outcome, and why when it failed, and its entry in the ledger.

    False where it has ended so already. One that was taken for dead, and is not, begins again first.
    """
    run = load(db, run_id)
    if run.entry is not None and run.status != "running":
        if (run.status, run.error) == (status, error):
            return False
        reopen(db, run_id, now, run.kill_switch)
    db.run("run_finished", run_id=run_id, status=status, error=error, now=now)
    seals.seal(db, run_id, now)
    return True


def ingested(
    db: Database,
    run_id: str,
    batch_id: str,
    docs: str | None,
    now: datetime,
    known_at: datetime | None = None,
) -> None:
    """Fix, in the transaction of its merge, what a run knows: all of now, or what was told at `known_at`."""
    (newest,) = db.column("latest_known")
    at = known_at or newest
    db.run("run_ingested", run_id=run_id, batch_id=batch_id, known_at=at, docs=docs, now=now)


def share(db: Database, run_id: str, ingest: str) -> None:
    """Fix what a run knows: all that was known when the run `ingest` had fetched for it."""
    db.run("run_shared", run_id=run_id, ingest=ingest)


def measured(db: Database, run_id: str, facts: Facts, now: datetime) -> None:
    """Store what a run measured of the portfolio as a whole; NaN is stored as NULL."""
    db.run(
        "run_measured", run_id=run_id, now=now, **{name: null(value) for name, value in vars(facts).items()}
    )
