"""The story of one bar: its versions, what was rejected, how it was judged and adjusted, and who used it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from config.portfolio import Portfolio
from expectations import MOVE_FLOOR, MOVE_SIGMAS
from quant.errors import InputError
from quant.market.moves import references
from quant.market.panel import Panel
from tasks import sources
from tasks.context.context import Context
from tasks.ingest.depth import depth, since_counted
from tasks.ingest.source_selection import serving
from tasks.snapshot.panels import load_panel
from warehouse import decisions, runs
from warehouse.database.database import Database
from warehouse.decisions import Quarantined
from warehouse.history import FIELDS
from warehouse.ingest import latest_known
from warehouse.tables.actions import Action

JUDGED = 252
"""Sessions up to the bar from which its reference and σ are worked out again; λ 0.94 forgets the rest."""


@dataclass(frozen=True)
class Reference:
    """What the move bound compared with, worked out again from what is known of the sessions before.

    `move` is close ÷ reference - 1, `bound` the largest that passes; `sigma` is daily, None before a return.
    """

    close: float
    sigma: float | None
    move: float
    bound: float


@dataclass(frozen=True)
class Use:
    """A finished daily run that looked at a version: as its session's bar, or as a part of its history."""

    run_id: str
    portfolio: str
    session: date


@dataclass(frozen=True)
class Version:
    """What was known of the bar from one instant to the next. `page` is the batch's page of the Data Docs.

    `changed` names the fields that differ from the version before; `accepted` says who did, and why.
    """

    values: dict[str, float | None]
    changed: tuple[str, ...]
    known_from: datetime
    known_to: datetime | None
    batch_id: str
    fetched_at: datetime
    digest: str
    page: Path | None
    accepted: str | None
    reference: Reference | None
    runs: tuple[Use, ...]


@dataclass(frozen=True)
class Adjustment:
    """One day's split, or its distributions together: the factor for the closes before it, and the result."""

    ex_date: date
    kind: str
    value: float
    factor: float
    adjusted: float


@dataclass(frozen=True)
class Adjusted:
    """The close as adjusted by what is known now. `split` by splits alone, `total` by distributions too.

    `own` are the actions of the bar's own day, which adjust the closes before it and not this one.
    """

    traded: float
    split: float
    total: float
    vendor: float | None
    own: tuple[Action, ...]
    steps: tuple[Adjustment, ...]


@dataclass(frozen=True)
class Repair:
    """A value of the bar, or of an action of its day, that is repaired since an instant, and why."""

    kind: str
    field: str
    original: float | None
    repaired: float
    since: datetime


@dataclass(frozen=True)
class Chapter:
    """What one source delivered of the bar."""

    source: str
    versions: tuple[Version, ...]
    rejected: tuple[Quarantined, ...]
    repairs: tuple[Repair, ...]
    adjusted: Adjusted | None


@dataclass(frozen=True)
class Stored:
    """A stored version of a bar with its batch, and who accepted it and why, where people did."""

    source: str
    open: float | None
    high: float | None
    low: float | None
    close: float
    volume: float | None
    known_from: datetime
    known_to: datetime | None
    batch_id: str
    fetched_at: datetime
    digest: str
    accepted: str | None

    def was_known(self, known_at: datetime) -> bool:
        """Whether it was the version in force at an instant."""
        return self.known_from <= known_at and (self.known_to is None or known_at < self.known_to)


@dataclass(frozen=True)
class Story:
    """One bar, by every source that delivered it."""

    symbol: str
    session: date
    chapters: tuple[Chapter, ...]


def explain(context: Context, symbol: str, session: date, source: str | None) -> Story:
    """Everything that the warehouse knows of one bar.

    Raises:
        InputError: nothing is stored of the symbol, or of it on the session; the nearest is named.
    """
    named = sources.resolve(source).name if source else None
    return context.warehouse.read(lambda db: _story(db, context, symbol, session, named))


def _story(db: Database, context: Context, symbol: str, session: date, source: str | None) -> Story:
    scope = {"symbol": symbol, "session": session, "source": source}
    versions = db.select(Stored, "bar_versions", **scope)
    rejected = decisions.of_bar(db, symbol, session, source)
    if not versions and not rejected:
        raise InputError(_nothing(db, symbol, session, source))
    names = sorted({row.source for row in versions} | {row.source for row in rejected})
    chapters = [
        Chapter(
            name,
            _versions(db, context, symbol, session, [row for row in versions if row.source == name]),
            tuple(row for row in rejected if row.source == name),
            tuple(db.select(Repair, "bar_repairs", **scope | {"source": name})),
            _adjusted(db, name, symbol, session),
        )
        for name in names
    ]
    return Story(symbol, session, tuple(chapters))


def _nothing(db: Database, symbol: str, session: date, source: str | None) -> str:
    at = f" from {source}" if source else ""
    known = db.column("stored_symbols", source=source)
    if symbol not in known:
        by_case = {one.casefold(): one for one in known}
        near = difflib.get_close_matches(symbol.casefold(), by_case, 1, cutoff=0.0)
        hint = f": the nearest symbol is {by_case[near[0]]}" if near else ", nor of any other symbol"
        return f"nothing is stored of {symbol!r}{at}{hint}. `ballast data status` shows what is."
    around = db.column("bar_nearest", symbol=symbol, session=session, source=source)
    days = " and ".join(str(day) for day in around)
    return f"{symbol} has no bar on {session}{at}: the nearest sessions that are stored are {days}."


def _versions(
    db: Database, context: Context, symbol: str, session: date, rows: Sequence[Stored]
) -> tuple[Version, ...]:
    if not rows:
        return ()
    uses = _uses(db, rows[0].source, symbol, session)
    found, before = [], None
    for row in rows:
        values: dict[str, float | None] = {field: getattr(row, field) for field in FIELDS}
        page = context.home / "data-docs" / "batches" / f"{row.batch_id}.html"
        found.append(
            Version(
                values,
                tuple(field for field in FIELDS if before and before[field] != values[field]),
                row.known_from,
                row.known_to,
                row.batch_id,
                row.fetched_at,
                row.digest,
                page if page.exists() else None,
                row.accepted,
                _reference(db, row.source, symbol, session, row.known_from),
                tuple(use for known_at, use in uses if row.was_known(known_at)),
            )
        )
        before = values
    return tuple(found)


def _uses(db: Database, source: str, symbol: str, session: date) -> list[tuple[datetime, Use]]:
    """The finished daily runs whose look-back holds the bar, newest session first, with their known_at."""
    found = []
    for run_id in db.column("bar_runs", symbol=symbol, session=session):
        run = runs.load(db, run_id)
        portfolio = Portfolio.model_validate_json(run.config)
        served = serving(db, run, portfolio).served_by.get(symbol) == source
        if served and run.known_at and session >= since_counted(portfolio, run.session, depth(run))[0]:
            found.append((run.known_at, Use(run.run_id, run.portfolio, run.session)))
    return found


def _panel(
    db: Database, source: str, symbol: str, known_at: datetime, first: date, last: date
) -> Panel | None:
    """The symbol's own history between two days as known; None where it has no bar there."""
    with db.incoming(asked=pa.table({"symbol": [symbol]})):
        days = db.arrow("exported_bars", source=source, known_at=known_at)["session"].to_pylist()
    held = [day for day in days if first <= day <= last]
    return load_panel(db, source, [symbol], held, known_at) if held else None


def _reference(db: Database, source: str, symbol: str, session: date, known_at: datetime) -> Reference | None:
    """What a version was compared with; None for a symbol's first bar."""
    panel = _panel(db, source, symbol, known_at, date.min, session)
    if panel is None or panel.sessions[-1] != np.datetime64(session):
        return None
    recent = panel.tail(JUDGED)
    closes, sigmas = references(recent.total, MOVE_FLOOR, MOVE_SIGMAS)
    close, sigma = float(closes[-1, 0]), float(sigmas[-1, 0])
    if np.isnan(close):
        return None
    bound = float(np.fmax(MOVE_FLOOR, MOVE_SIGMAS * sigma))
    return Reference(close, None if np.isnan(sigma) else sigma, float(recent.close[-1, 0] / close - 1), bound)


def _adjusted(db: Database, source: str, symbol: str, session: date) -> Adjusted | None:
    """How the current version is adjusted by everything known now; None where there is no current one."""
    known_at = latest_known(db)
    panel = _panel(db, source, symbol, known_at, session, date.max) if known_at else None
    if panel is None or panel.sessions[0] != np.datetime64(session):
        return None
    scope = {"source": source, "symbol": symbol, "session": session}
    actions = db.select(Action, "bar_actions", **scope)
    vendor = db.column("bar_vendor_adjusted", **scope)
    last = panel.sessions[-1].item()
    later = [row for row in actions if session < row.ex_date <= last]
    return Adjusted(
        float(panel.traded[0, 0]),
        float(panel.close[0, 0]),
        float(panel.total[0, 0]),
        vendor[0] if vendor else None,
        tuple(row for row in actions if row.ex_date == session),
        tuple(_steps(panel, later)),
    )


def _steps(panel: Panel, actions: Sequence[Action]) -> list[Adjustment]:
    """Each day's split and distributions, with the bar's close as adjusted up to and including it.

    Seen from a later day t, the first close is total[0] ÷ total[t] x traded[t]: what follows t cancels.
    """
    seen = panel.total[0, 0] * panel.traded[:, 0] / panel.total[:, 0]
    found, before = [], float(panel.traded[0, 0])
    for day in sorted({row.ex_date for row in actions}):
        own = [row for row in actions if row.ex_date == day]
        splits = [row.value for row in own if row.kind == "split"]
        paid = {row.kind: row.value for row in own if row.kind != "split"}
        after = float(seen[np.searchsorted(panel.sessions, np.datetime64(day))])
        if splits:
            ratio = float(np.prod(splits))
            before /= ratio
            found.append(Adjustment(day, "split", ratio, 1 / ratio, before))
        if paid:
            found.append(Adjustment(day, " and ".join(paid), sum(paid.values()), after / before, after))
        before = after
    return found
