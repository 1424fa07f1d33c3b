"""Recomputing a past run from what it knew, and naming the first number that differs."""

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import get_args

import pyarrow as pa

from quant.accounts import Accounts
from quant.errors import InputError
from tasks.accounts import many as accounts
from tasks.context.context import Context
from tasks.day.check_risk import decided
from tasks.day.measure import Measured, measured
from tasks.run.lifecycle import versions
from tasks.snapshot.between_steps import Known
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import accounts as columns
from warehouse.database.database import Database
from warehouse.runs import Facts, Run
from warehouse.tables.decided import Decided
from warehouse.tables.found import (
    TABLES,
    AlertRow,
    CheckRow,
    Construction,
    Contribution,
    DriftRow,
    Signal,
    Trade,
    TriggerRow,
    Volatility,
    Weight,
)
from warehouse.tables.table import RunRow, names, null, of_run

Rows = Mapping[type[RunRow], Sequence[RunRow]]


@dataclass(frozen=True)
class Difference:
    """The first place where a replay and its run are not the same."""

    where: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.where}: the run found {self.stored!r}, the replay {self.recomputed!r}"


@dataclass(frozen=True)
class Replayed:
    """What a replay compared, and what it found."""

    run_id: str
    numbers: int
    difference: Difference | None
    changed: dict[str, tuple[str | None, str | None]]  # code and libraries: then, now


def replay(context: Context, run_id: str) -> Replayed:
    """Recompute a run at its own known_at from the ledger and the versioned rows alone.

    Raises:
        InputError: the run has found nothing that could be compared.
    """
    known = context.warehouse.read(lambda db: _stored(db, run_id))
    snapshot, stored, of_accounts = known.snapshot, known.rows, known.of_accounts
    found = measured(snapshot)
    again: Mapping[columns.Table, pa.Table] = {}
    if known.accounts is None:
        built = decided(Known(snapshot))
    else:
        each = accounts.decided(snapshot, known.accounts)
        built, again = each.rows, each.tables
    fresh = _fresh(found, built, json.loads(snapshot.run.config)["rebalance"])
    numbers = len(fields(Facts)) + sum(len(names(table)) * len(rows) for table, rows in stored.items())
    numbers += sum(table.num_rows * table.num_columns for table in of_accounts.values())
    changed = _changed(snapshot.run.made_with)
    quoted = QUOTED if "code" in changed else frozenset()
    differences = [
        *_facts(snapshot.run, found.facts),
        *(pair for table in TABLES for pair in _pairs(stored[table], fresh[table], table.TABLE, quoted)),
        *(pair for table, rows in again.items() for pair in _of_accounts(of_accounts[table], rows, table)),
    ]
    return Replayed(run_id, numbers, next(iter(differences), None), changed)


@dataclass(frozen=True)
class _Stored:
    """What a run knew and found: its rows by table, and those of its accounts, where it has any."""

    snapshot: Snapshot
    rows: Rows
    accounts: Accounts | None
    of_accounts: Mapping[columns.Table, pa.Table]


def _stored(db: Database, run_id: str) -> _Stored:
    snapshot = load_snapshot(db, run_id)
    _refuse_unfinished(snapshot.run)
    return _Stored(
        snapshot,
        {table: of_run(db, run_id, table) for table in TABLES},
        accounts.of(db, snapshot),
        {table: columns.of_run(db, run_id, table) for table in get_args(columns.Table)},
    )


def _fresh(found: Measured, built: Decided, rebalance: Collection[str]) -> Rows:
    """What is found again, by table; `rebalance` are the keys that the run's policy had."""
    rows: dict[type[RunRow], Sequence[RunRow]] = {
        DriftRow: found.drift, TriggerRow: found.triggers, Volatility: found.volatility,
        Signal: found.signals, AlertRow: found.alerts, Contribution: found.risk, Weight: found.allocation,
        Trade: built.trades, CheckRow: built.checks, Construction: built.construction,
    }  # fmt: skip
    return rows | {table: () for table, key in _SINCE.items() if key not in rebalance}


def _refuse_unfinished(run: Run) -> None:
    if run.flow != "daily" or run.status in {"running", "failed"}:
        what = "only brought history" if run.flow != "daily" else f"is {run.status}"
        raise InputError(f"run {run.run_id} {what}: only a finished daily run can be replayed.")


LATER = frozenset({("trades", "costs")})
"""Columns that an older run has not stored: there is nothing to compare."""
LATER_FACTS = frozenset({"benchmark_year"})
"""Facts that an older run has not stored."""
COSTS = ("commission", "spread", "impact")
"""Columns of `account_trades` that an older run has not stored; a newer one always has the first."""

QUOTED = frozenset({("checks", "reference"), ("trades", "reason")})
"""Columns that tell and find nothing: what later code cites or says in better words is no difference."""

_SINCE: Mapping[type[RunRow], str] = {TriggerRow: "when", Construction: "construction"}
"""A key of the policy that every run has which could fill the table; runs of before found nothing there."""


def _changed(then: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    now = versions()
    names = sorted({*then, *now})
    return {name: (then.get(name), now.get(name)) for name in names if then.get(name) != now.get(name)}


def _pairs(
    stored: Sequence[RunRow], fresh: Sequence[RunRow], name: str, quoted: frozenset[tuple[str, str]]
) -> Iterator[Difference]:
    """What is not the same, but for the columns `quoted`."""
    if len(stored) != len(fresh):
        yield Difference(f"{name} rows", len(stored), len(fresh))
    for number, (old, new) in enumerate(zip(stored, fresh, strict=False)):
        for column in names(type(new)):
            was, value = getattr(old, column), getattr(new, column)
            if (name, column) in quoted or ((name, column) in LATER and was is None):
                continue
            if not _same(was, value):
                yield Difference(f"{name}[{_label(old) or number}].{column}", was, null(value))


def _label(row: RunRow) -> str | None:
    """What a row is of."""
    return next((getattr(row, name) for name in ("symbol", "key", "scope") if hasattr(row, name)), None)


def _facts(run: Run, found: Facts) -> Iterator[Difference]:
    for one in fields(found):
        was, value = getattr(run, one.name), getattr(found, one.name)
        if one.name in LATER_FACTS and was is None:
            continue
        if not _same(was, value):
            yield Difference(f"run[0].{one.name}", was, null(value))


def _of_accounts(stored: pa.Table, fresh: pa.Table, name: str) -> Iterator[Difference]:
    """The first difference between what was stored of accounts and what is found again."""
    if len(stored) != len(fresh):
        yield Difference(f"{name} rows", len(stored), len(fresh))
        return
    later = COSTS if name == "account_trades" and stored["commission"].null_count == len(stored) else ()
    for column in fresh.column_names:
        if column in later:
            continue
        old, new = stored[column], columns.null(fresh[column])
        if not old.cast(new.type).equals(new):
            pairs = enumerate(zip(old.to_pylist(), new.to_pylist(), strict=True))
            row, (was, now) = next((row, pair) for row, pair in pairs if pair[0] != pair[1])
            yield Difference(f"{name}[{stored['account'][row]}].{column}", was, now)


def _same(stored: object, fresh: object) -> bool:
    """Equal to the last digit; NaN was stored as NULL, instants without their zone."""
    fresh = null(fresh)
    if isinstance(stored, float) and isinstance(fresh, float | int):
        return stored == fresh or (math.isnan(stored) and math.isnan(fresh))
    if isinstance(stored, datetime) and isinstance(fresh, datetime):
        return stored.replace(tzinfo=None) == fresh.replace(tzinfo=None)
    return stored == fresh
