"""Runs: what each depended on, where it stands, and what it measured of the portfolio as a whole."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from warehouse.tables.table import Row


@dataclass(frozen=True, slots=True)
class StoredRun(Row):
    """One run. `config`, `settings` and `versions` are JSON documents: the portfolio file as it was resolved,
    the settings, and the version of whatever computes.

    `heartbeat` is when its process `owner` last said that it works, `measures` names what it measured
    (estimators, signals, "risk"), `panel_sessions` how deep; `entry` is the hash of the ledger's entry of its
    end, `portfolio_file` where its file lay, `controls` what people decided and other runs did, `definitions`
    what it computes with, `gaps` the holes in its prices (each a JSON document); `known_entries` is how long
    the ledger was when its holdings were read, `ingest` the run that fetched for it and others. None in a run
    from before they were kept, and `entry` and `finished_at` while it works. Instants are UTC.
    """

    TABLE: ClassVar[str] = "runs"
    run_id: str
    flow: str
    portfolio: str
    session: date
    source: str
    historical: bool
    batch_id: str | None
    known_at: datetime | None
    started_at: datetime
    heartbeat: datetime
    finished_at: datetime | None
    owner: str
    status: str
    error: str | None
    config: str
    settings: str
    versions: str
    kill_switch: str | None
    value: float | None
    cash: float | None
    benchmark_day: float | None
    benchmark_month: float | None
    benchmark_year: float | None
    panel_digest: str | None
    panel_sessions: int | None
    measures: list[str] | None
    risk_volatility: float | None
    allocation_fitted_on: date | None
    allocation_reason: str | None
    stale: list[str] | None
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
