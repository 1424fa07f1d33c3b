"""Opening and closing a run in the ledger."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from config.portfolio import Portfolio
from quant.policy import definitions
from tasks.accounts.many import as_columns
from tasks.context.find_run import find_run
from tasks.context.place import Place
from tasks.context.safekeeping import optional
from tasks.decisions import run_controls
from tasks.orders import supersession
from tasks.report.assemble import assemble
from tasks.report.model import Report
from warehouse import accounts, owner, publish, runs, staging
from warehouse.connection import Database

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


@dataclass(frozen=True)
class Order:
    """One run as it was ordered, everything resolved and checked: what the ledger stores of its causes.

    `known_entries` is how long the ledger was before the holdings were read.
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


def open_run(place: Place, order: Order, token: str | None = None) -> str:
    """Enter a run in the ledger, closing dead ones; its id. The same `token` means the same run: a retry.

    Raises:
        InputError: a newer version of Ballast wrote the warehouse.
    """
    suffix = (token or uuid.uuid4().hex)[-8:]  # the end: a time-ordered UUID begins alike within a minute
    run_id = f"{order.session:%Y%m%d}-{order.portfolio.name}-{suffix}"
    with place.warehouse.open() as db:
        living = runs.close_dead(db, place.now())
        staging.sweep(place.home, {*living, run_id})
        if db.one("run", run_id=run_id) is not None:
            runs.reopen(db, run_id, place.now(), order.kill_switch)
            return run_id
        enter(
            db,
            place,
            run_id=run_id,
            flow=order.flow,
            portfolio=order.portfolio.name,
            session=order.session,
            source=order.source,
            historical=order.historical,
            config=order.portfolio.model_dump_json(),
            kill_switch=order.kill_switch,
            url=order.url,
            portfolio_file=str(order.portfolio_file) if order.portfolio_file else None,
            known_entries=order.known_entries,
        )
        if order.portfolio.holders is not None:
            accounts.keep_holdings(db, order.portfolio.holders.digest, as_columns(order.portfolio.holders))
        run_controls.keep(db, run_id, place.now())  # an alert shows overrides, and is sent before the checks
    return run_id


def enter(
    db: Database,
    place: Place,
    *,
    portfolio_file: str | None = None,
    known_entries: int | None = None,
    **run: object,
) -> None:
    """Enter a run that this process starts now, with the settings and versions that it depends on."""
    db.run(
        "run_insert",
        started_at=place.now(),
        owner=owner.current(),
        settings=json.dumps(place.settings.public()),
        versions=json.dumps(versions()),
        definitions=definitions.now().model_dump_json(),
        portfolio_file=portfolio_file,
        known_entries=known_entries,
        **run,
    )


def versions() -> dict[str, str]:
    """What computes: our own code by the digest of its files, and the libraries that numbers pass through."""
    sha = hashlib.sha256()
    files = (file for room in ROOMS for file in (ROOT / room).rglob("*"))
    for file in sorted(file for file in files if file.suffix in {".py", ".sql"}):
        sha.update(file.read_bytes())
    libraries = {name: version(name) for name in LIBRARIES}
    return libraries | {"python": python_version(), "code": sha.hexdigest()[:16]}


def close_run(place: Place, run_id: str, error: str | None = None) -> Report:
    """End a run with what its rows came to, or as failed; the final report, also kept under HOME/reports."""
    with place.warehouse.open() as db:
        status = "failed" if error is not None else assemble(db, run_id, place.now()).status
        if runs.finish(db, run_id, status, place.now(), error=error):
            supersession.settle(db, run_id, place.now())
        report = assemble(db, run_id, place.now())
    with optional(f"the report of {run_id} was not written to HOME/reports"):
        publish.write_atomically(place.home / "reports" / f"{run_id}.json", report.model_dump_json(indent=1))
    return report


def find_report(place: Place, text: str, portfolio: str | None) -> Report:
    """The report of the run that `text` means."""
    run_id = find_run(place, text, portfolio)
    with place.warehouse.open() as db:
        return assemble(db, run_id, place.now())
