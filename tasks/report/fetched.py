"""What a report says of a run's market data: what came, was rejected or put right, and what is used."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from config.portfolio import Portfolio
from tasks.ingest import run_batches
from tasks.ingest.source_selection import due
from tasks.report.data import (
    AcceptedRow,
    AdjustedRow,
    BeginsRow,
    Data,
    EarlierRow,
    FetchError,
    FxRow,
    GapRow,
    QuarantinedRow,
    RepairedRow,
)
from tasks.snapshot import gaps
from warehouse import decisions, history
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.batches import Difference, Rejected, Repaired, StoredBatch


def data(
    db: Database,
    run: Run,
    batches: Sequence[StoredBatch],
    served_by: Mapping[str, str],
    portfolio: Portfolio,
) -> Data:
    """The part of the report about a run's market data."""
    pairs, missing = {*portfolio.pairs.values()}, gaps.missing(run)
    return Data(
        source=run.source,
        rows_new=sum(batch.rows_new for batch in batches),
        rows_restated=sum(batch.rows_restated for batch in batches),
        quarantined=[_quarantined(row) for row in run_batches.rows(db, run, portfolio, Rejected)],
        stale=run.stale or [],
        errors=[
            FetchError(symbol=one.symbol, kind=one.kind, error=one.error)
            for batch in batches
            for one in batch.failures
        ],
        illustration=batches[0].illustration if batches else None,
        held=batches[0].held if batches else None,
        served_by={symbol: name for symbol, name in served_by.items() if name != run.source},
        repaired=[_repaired(row) for row in run_batches.rows(db, run, portfolio, Repaired)],
        adjusted_differs=[_adjusted(row) for row in run_batches.rows(db, run, portfolio, Difference)],
        accepted=_accepted(db, run, served_by),
        gaps=[GapRow.of(one) for one in missing.gaps],
        begins=[BeginsRow.of(one) for one in missing.begins],
        value_in_doubt=missing.value_in_doubt,
        fx=_fx(db, run, {pair: name for pair, name in served_by.items() if pair in pairs}),
        earlier=_earlier(run, portfolio),
    )


def returns(batches: Sequence[StoredBatch]) -> Literal["total", "price"]:
    """Total only where every source that delivered knows of distributions."""
    kinds = {batch.returns for batch in batches if batch.rows_delivered} or {
        batch.returns for batch in batches[:1]
    }
    return "total" if kinds == {"total"} else "price"


def _quarantined(row: Rejected) -> QuarantinedRow:
    return QuarantinedRow(
        symbol=row.symbol or "",
        session=_day(row.session),
        rule=row.rule,
        value=row.value,
        proposed=row.repair,
    )


def _repaired(row: Repaired) -> RepairedRow:
    return RepairedRow(
        symbol=row.symbol, session=_day(row.session), kind=row.kind, field=row.field,
        original=row.original, repaired=row.repaired,
    )  # fmt: skip


def _adjusted(row: Difference) -> AdjustedRow:
    return AdjustedRow(symbol=row.symbol, session=_day(row.session), kind=row.kind, value=row.value)


def _earlier(run: Run, portfolio: Portfolio) -> list[EarlierRow]:
    """The watched symbols whose newest price was due of an earlier session, and is there."""
    owed, stale = due(portfolio, run.session, run.asked_at), frozenset(run.stale or ())
    return [
        EarlierRow(symbol=symbol, session=_day(owed[symbol]))
        for symbol in portfolio.watched
        if owed[symbol] < run.session and symbol not in stale
    ]


def _accepted(db: Database, run: Run, served_by: Mapping[str, str]) -> list[AcceptedRow]:
    """What people accepted of the session, and the run has used."""
    if run.known_at is None:
        return []
    return [
        AcceptedRow(
            symbol=row.symbol, session=_day(row.session), kind=row.kind, by=row.decided_by, reason=row.reason
        )
        for row in decisions.in_use(db, run.session, run.known_at)
        if served_by.get(row.symbol) == row.source
    ]


def _fx(db: Database, run: Run, served_by: Mapping[str, str]) -> list[FxRow]:
    """The rates that the run used, each as its source delivered it."""
    if not served_by or run.known_at is None:
        return []
    rates = history.rates(db, served_by, run.session, run.known_at)
    return [
        FxRow(pair=row.symbol.removesuffix("=X"), rate=row.close, session=_day(row.session)) for row in rates
    ]


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
