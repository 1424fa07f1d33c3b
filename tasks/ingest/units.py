"""Whether the prices that a run may read are in the unit that its portfolio file says.

A bar tells no unit of its own: it is in the one that its batch was asked in, as the portfolio of that
batch's run said it. A vendor that tells another one is not believed (`not_understood`), but what was stored
before, perhaps for another portfolio, is still there. So what a run's own batches have not fetched again is
read only where the newest stored bar was asked for in the same unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from config.portfolio import Portfolio
from quant.market.currency import unit
from tasks.ingest.wanted import INGEST, Shared
from warehouse import history, runs
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.batches import Rejected, StoredBatch
from warehouse.tables.table import of_batches

Prices = tuple[str, str]
"""A source and a symbol."""


@dataclass(frozen=True)
class Doubts:
    """Why a source's prices of a symbol are not trusted: on the session (`today`), or at all (`ever`)."""

    today: Mapping[Prices, str]
    ever: Mapping[Prices, str]


def doubts(
    db: Database, run: Run, portfolio: Portfolio, sources: Iterable[str], due: Mapping[str, date]
) -> Doubts:
    """Of every watched symbol at every source, from what the run knew. A rate's unit is in its name."""
    batches = of_batches(db, run.fetched_by, StoredBatch)
    failed = {(batch.source, failure.symbol): failure for batch in batches for failure in batch.failures}
    misread = {
        prices: f"{prices[0]}: {failure.error}"
        for prices, failure in failed.items()
        if failure.kind == "not_understood"
    }
    fetched = {(batch.source, symbol) for batch in batches if not batch.held for symbol in batch.symbols}
    rejected = {(row.source, row.symbol) for row in of_batches(db, run.fetched_by, Rejected)}
    units = portfolio.currencies
    unsure = [
        (source, symbol)
        for source in sources
        for symbol in units
        if (source, symbol) not in fetched or (source, symbol) in failed or (source, symbol) in rejected
    ]
    ever = {}
    for prices, stored in _stored_units(db, run, unsure, due).items():
        declared = units[prices[1]]
        if stored is None and prices in misread:
            ever[prices] = misread[prices]
        elif stored is not None and unit(stored) != unit(declared):
            ever[prices] = _mismatch(prices, stored, declared)
    return Doubts(misread, ever)


def _stored_units(
    db: Database, run: Run, unsure: list[Prices], due: Mapping[str, date]
) -> dict[Prices, str | None]:
    """The unit in which the newest stored bar was asked for; None where nobody said it (an archive)."""
    if not unsure or run.known_at is None:
        return {}
    rows = history.newest_fetched(db, unsure, due, run.known_at)
    units = {run_id: _units_of(db, run_id) for run_id in {row.run_id for row in rows}}
    return {(row.source, row.symbol): units[row.run_id].get(row.symbol) for row in rows}


def _units_of(db: Database, run_id: str | None) -> Mapping[str, str]:
    if run_id is None:
        return {}
    run = runs.load(db, run_id)
    if run.flow == INGEST:
        return Shared.model_validate_json(run.config).wanted.currencies
    return Portfolio.model_validate_json(run.config).currencies if run.config != "{}" else {}


def _mismatch(prices: Prices, stored: str, declared: str) -> str:
    return (
        f"the stored prices of {prices[0]} are in {stored}, declared in {declared}: "
        f'set currency = "{stored}" in its [[instrument]] table of the portfolio file, or ask another source'
    )
