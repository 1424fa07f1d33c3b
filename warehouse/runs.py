"""The run ledger: what a run depended on, where it stands, and closing those that died."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from quant.errors import InputError
from warehouse import owner
from warehouse.database.database import Database
from warehouse.record import entered, seals
from warehouse.record.seals import Reopened
from warehouse.tables.runs import StoredRun
from warehouse.tables.table import null

# A run on another machine cannot be asked whether it lives: after this long a silence it is given up.
SILENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Run(StoredRun):
    """One run as it is stored; `asked_at` is when its prices were asked for."""

    asked_at: datetime

    @property
    def made_with(self) -> dict[str, str]:
        """The version of each library that numbers pass through, of Python, and of the code."""
        found: dict[str, str] = json.loads(self.versions)
        return found

    @property
    def fetched_by(self) -> str:
        """The run whose batches it rests on: itself, or the one that fetched for it."""
        return self.ingest or self.run_id


@dataclass(frozen=True)
class Facts:
    """What a run measured of the portfolio as a whole; the names are those of `Run`. NaN: not known."""

    value: float
    cash: float
    benchmark_day: float
    benchmark_month: float
    benchmark_year: float
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
    return db.first(Run, "run", run_id=run_id)


def latest(db: Database, portfolio: str | None) -> str | None:
    """The id of the newest finished daily run, of one portfolio or of any."""
    return next(iter(db.column("run_latest", portfolio=portfolio)), None)


def latest_live(db: Database, portfolio: str) -> str | None:
    """The id of a portfolio's newest finished daily run that is not for study."""
    return next(iter(db.column("run_latest_live", portfolio=portfolio)), None)


def last_rebalance(db: Database, portfolio: str, session: date) -> date | None:
    """The session of a portfolio's last rebalance before `session`, None without any."""
    found: list[date | None] = db.column("last_rebalance", portfolio=portfolio, session=session)
    return found[0]


def delivered(db: Database, source: str, symbols: Sequence[str], session: date) -> str | None:
    """The newest run that asked the source for all of the symbols up to a session, None without one."""
    asked = {"source": source, "symbols": list(symbols), "session": session}
    return next(iter(db.column("runs_delivered", **asked)), None)


def last(db: Database, portfolio: str) -> Run:
    """The newest run of a portfolio that has ended.

    Raises:
        InputError: there is none.
    """
    return load(db, find(db, "latest", portfolio))


def find(db: Database, text: str, portfolio: str | None) -> str:
    """The id of the run that `text` means: "latest", an id, or the beginning of one.

    Raises:
        InputError: no run, or more than one.
    """
    if text == "latest":
        newest = latest(db, portfolio)
        if newest is None:
            of = f" of portfolio {portfolio!r}" if portfolio else ""
            raise InputError(f"there is no finished run{of} yet: start one with `ballast daily`.")
        return newest
    ids: list[str] = db.column("runs_like", prefix=text)
    if text in ids:
        return text
    if len(ids) != 1:
        found = f"{len(ids)} runs begin so" if ids else "there is no such run"
        raise InputError(f"run {text!r}: {found}. Give the whole id, or `latest`.")
    return ids[0]


def close_dead(db: Database, now: datetime) -> list[str]:
    """Close the runs whose process is gone as `failed: interrupted`; the ids of those still alive."""
    living = []
    for run in db.select(StoredRun, "runs_running"):
        silent = not owner.is_local(run.owner) and now - run.heartbeat > SILENT
        if owner.is_dead(run.owner) or silent:
            finish(db, run.run_id, "failed", now, error="interrupted")
        else:
            living.append(run.run_id)
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
    """Fix, in the transaction of its merge, what a run knows: all of now, or what was known at `known_at`."""
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
