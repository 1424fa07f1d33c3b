"""Opening and closing a run in the ledger."""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from config.portfolio import Portfolio
from quant.errors import WarehouseError
from quant.policy import definitions
from tasks.accounts.many import as_columns
from tasks.alerts import noted
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.decisions import fall_holds, run_controls
from tasks.ingest.sharing import serves
from tasks.ingest.wanted import Shared
from tasks.orders import supersession
from tasks.report import assemble
from tasks.report.model import Report
from tasks.snapshot import between_steps
from tasks.snapshot.between_steps import Known
from tasks.sources._access import addresses
from warehouse import accounts, owner, runs, staging
from warehouse.database.database import Database
from warehouse.database.files import write_atomically
from warehouse.ingest import latest_known
from warehouse.runs import Run

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "expectations", "quant", "tasks", "warehouse")
LIBRARIES = (
    "arch",
    "ballast",
    "clarabel",
    "cvxpy-base",
    "duckdb",
    "exchange-calendars",
    "great-expectations",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skfolio",
    "yfinance",
)
Reader = Callable[[Database, Report], None]


@dataclass(frozen=True)
class RunRequest:
    """One run as it was ordered, everything resolved and checked: what the ledger stores of its causes.

    `known_entries` is how long the ledger was before the holdings were read. `offered` are runs that have
    fetched for several portfolios: one that did so for this one is used, else the run fetches for itself.
    """

    flow: str
    portfolio: Portfolio
    session: date
    source: str
    historical: bool
    kill_switch: str | None = None
    url: str | None = None
    portfolio_file: Path | None = None
    known_entries: int | None = None
    offered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opened:
    """A run that is open; `ingest` is the run that has fetched for it, None where it fetches for itself."""

    run_id: str
    ingest: str | None


def run_id_of(request: RunRequest, token: str) -> str:
    """The id of the run that a token means."""
    # Its end: a time-ordered UUID begins alike within a minute.
    return f"{request.session:%Y%m%d}-{request.portfolio.name}-{token[-8:]}"


def open_run(context: Context, request: RunRequest, token: str | None = None) -> str:
    """Enter a run in the ledger, as `begin` does; its id."""
    return begin(context, request, token).run_id


def begin(context: Context, request: RunRequest, token: str | None = None) -> Opened:
    """Enter a run in the ledger, closing dead ones. The same `token` means the same run: a retry.

    Raises:
        InputError: a newer version of Ballast wrote the warehouse.
    """
    run_id = run_id_of(request, token or uuid.uuid4().hex)
    begun = context.warehouse.transact(lambda db: _begin(db, context, run_id, request))
    if begun.known is None:
        between_steps.keep_run(context, begun.run, first=begun.first)
    else:
        between_steps.keep(context, begun.known)
    return Opened(run_id, begun.run.ingest)


@dataclass(frozen=True)
class _Started:
    """A run as it has begun; `known` is what it knows where another run has fetched for it.

    `first`: no price is stored yet.
    """

    run: Run
    first: bool
    known: Known | None = None


def _begin(db: Database, context: Context, run_id: str, request: RunRequest) -> _Started:
    close_dead(db, context, run_id)
    if runs.known(db, run_id) is not None:
        runs.reopen(db, run_id, context.now(), request.kill_switch)
        run = runs.load(db, run_id)
    else:
        run = _enter(db, context, run_id, request)
    serving = _serving(db, request) if run.batch_id is None else None
    first = latest_known(db) is None
    if serving is None:
        return _Started(run, first)
    runs.share(db, run_id, serving)
    known = between_steps.read(db, run_id)  # it knows all that it will
    return _Started(known.snapshot.run, first, known)


def close_dead(db: Database, context: Context, run_id: str) -> None:
    """Close the dead runs and remove what they have staged, before the run `run_id` begins.

    Files are removed in this unit of work, since the living are known for certain only in it. That may be
    repeated: a dead run's staging file is of no use to anybody, whether or not its run is closed then.
    """
    living = runs.close_dead(db, context.now())
    staging.sweep(context.home, {*living, run_id})


def _enter(db: Database, context: Context, run_id: str, request: RunRequest) -> Run:
    begun = Begun(
        run_id=run_id,
        flow=request.flow,
        portfolio=request.portfolio.name,
        session=request.session,
        source=request.source,
        historical=request.historical,
        config=request.portfolio.model_dump_json(),
        kill_switch=request.kill_switch,
        url=request.url,
        portfolio_file=str(request.portfolio_file) if request.portfolio_file else None,
        known_entries=request.known_entries,
    )
    enter(db, context, begun)
    if request.portfolio.holders is not None:
        accounts.keep_holdings(db, request.portfolio.holders.digest, as_columns(request.portfolio.holders))
    # An alert shows overrides, and is sent before the checks.
    return run_controls.keep(db, runs.load(db, run_id), context.now())


def _serving(db: Database, request: RunRequest) -> str | None:
    """The first of the runs on offer that has ended well and has fetched for this very portfolio."""
    for run_id in request.offered:
        run = runs.load(db, run_id)
        if run.status != "no_action" or run.source != request.source or run.session != request.session:
            continue
        shared = Shared.model_validate_json(run.config)
        if serves(shared, request.portfolio, request.session, run.started_at):
            return run_id
    return None


@dataclass(frozen=True)
class Begun:
    """What is known of a run when it begins; the names are those of `Run`."""

    run_id: str
    flow: str
    session: date
    source: str
    portfolio: str = ""
    historical: bool = False
    config: str = "{}"
    kill_switch: str | None = None
    url: str | None = None
    portfolio_file: str | None = None
    known_entries: int | None = None


def enter(db: Database, context: Context, run: Begun) -> None:
    """Enter a run that this process starts now, with the settings and versions that it depends on."""
    db.run(
        "run_insert",
        started_at=context.now(),
        owner=owner.current(),
        settings=json.dumps(context.settings.public() | addresses(context.settings)),
        versions=json.dumps(versions()),
        definitions=definitions.now().model_dump_json(),
        last_rebalance=runs.last_rebalance(db, run.portfolio, run.session),
        **vars(run),
    )


@cache
def versions() -> Mapping[str, str]:
    """What computes in this process: our own code, and the libraries that numbers pass through."""
    libraries = {name: version(name) for name in LIBRARIES}
    return libraries | {"python": python_version(), "code": code_digest(ROOT)}


def code_digest(root: Path) -> str:
    """The digest of the files of our own code; 16 hex digits."""
    sha = hashlib.sha256()
    files = (file for room in ROOMS for file in (root / room).rglob("*"))
    for file in sorted(file for file in files if file.suffix in {".py", ".sql"}):
        sha.update(file.read_bytes())
    return sha.hexdigest()[:16]


def end(context: Context, run_id: str, error: BaseException | None = None) -> None:
    """End a run that has no report: well, or as failed by `error`."""
    status, words = ("no_action", None) if error is None else ("failed", f"{type(error).__name__}: {error}")
    context.warehouse.transact(lambda db: runs.finish(db, run_id, status, context.now(), error=words))


def close_run(
    context: Context, run_id: str, error: str | None = None, also: Reader = lambda *_: None
) -> Report:
    """End a run with what its rows came to, or as failed; the final report, also kept under HOME/reports.

    `also` reads in the same visit what is to be done with it; it may be asked again after a conflict.
    """
    report = context.warehouse.transact(lambda db: _close(db, run_id, context.now(), error, also))
    between_steps.forget(context, run_id)
    with optional(f"the report of {run_id} was not written to HOME/reports"):
        write_atomically(context.home / "reports" / f"{run_id}.json", report.model_dump_json(indent=1))
    return report


def _close(db: Database, run_id: str, now: datetime, error: str | None, also: Reader) -> Report:
    if runs.known(db, run_id) is None:
        raise WarehouseError(
            f"run {run_id} is no longer in the warehouse: a backup was restored while it was under way. "
            "Nothing of it counts: run the day again."
        )
    status = "failed" if error is not None else assemble.outcome_of(db, run_id)
    if runs.finish(db, run_id, status, now, error=error):
        supersession.settle(db, run_id, now)
    run = runs.load(db, run_id)
    if error is None:
        fall_holds.carry(db, run, now)
    report = assemble.of_run(db, run, now)
    if error is None:
        noted.note(db, run, report.alerts, now)
    also(db, report)
    return report
