"""Fills: what was really traded, booked into the holdings and measured against the recommendation."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config import portfolio as portfolios
from config.booking import book
from config.fills import read_fills
from config.lot_rows import PLACES, Execution, Taken
from quant.book import Side
from quant.errors import InputError
from quant.lots import UNTAXED
from quant.policy import Tax
from quant.slippage import Slippage, slippage
from tasks import booking, recommendations
from tasks.ledger import find_run
from tasks.matching import Match, day_of, match, particulars
from tasks.place import Place
from tasks.realised import Realised, entered, realised, total
from tasks.recommendations import FILL, Recommendation
from tasks.safekeeping import leave_copies
from warehouse import ledger
from warehouse.connection import Database
from warehouse.ledger import Entry
from warehouse.runs import Run


@dataclass(frozen=True)
class Filled:
    """One fill as it is in the ledger, with its slippage against the close and the limit of its order.

    Prices are in the instrument's own unit, commission, slippage and gain in the portfolio's currency. `lots`
    are those that a sale took, `gain` is of all of them: None where it is not known, and for a purchase.
    """

    run_id: str
    symbol: str
    side: Side
    quantity: float
    price: float
    commission: float
    filled_at: str | None
    id: str
    imported_by: str
    imported_at: datetime
    close: float
    limit_price: float
    against_close: Slippage
    against_limit: Slippage
    lots: tuple[Realised, ...]
    gain: float | None


@dataclass(frozen=True)
class Imported:
    """What an import came to: the new fills, how many were known already, and the files that it changed."""

    fills: tuple[Filled, ...]
    known: int
    files: tuple[Path, ...]


def listing(place: Place, run: str | None) -> list[Filled]:
    """Every fill, in the order of import; of one run or of all."""
    run_id = find_run(place, run, None) if run else None
    with place.warehouse.open() as db:
        return of_run(db, run_id)


def summary(place: Place, run: str) -> tuple[list[Recommendation], list[Filled]]:
    """The recommendations of a run as they stand, and their fills."""
    run_id = find_run(place, run, None)
    with place.warehouse.open() as db:
        return [*recommendations.of_run(db, run_id, place.now()).values()], of_run(db, run_id)


def of_run(db: Database, run_id: str | None) -> list[Filled]:
    """The fills of a run, or of all, in the order of import."""
    return [_filled(entry) for entry in ledger.entries(db, (FILL,), run_id)]


def take(place: Place, file: Path, by: str) -> Imported:
    """Enter the fills of a file and book them into holdings and cash: all of them or none, each once.

    Raises:
        InputError: a row is not right, or fills what was not recommended; nothing has been written.
    """
    if not by.strip():
        raise InputError("--by is empty: name who imports.")
    fills = read_fills(file)
    with place.warehouse.open() as db:
        booking.settle(db, place.home)
        new = match(db, fills, place.now())
        entries, files = _book(db, place, new, by.strip())
    booking.finish(place)
    leave_copies(place)
    return Imported(tuple(map(_filled, entries)), len(fills) - len(new), tuple(files))


def _book(db: Database, place: Place, new: Sequence[Match], by: str) -> tuple[list[Entry], list[Path]]:
    """Enter the fills, and announce the new texts of the files that they change."""
    by_file: defaultdict[Path, list[Match]] = defaultdict(list)
    for one in new:
        by_file[_portfolio_file(place.home, one.scope.run)].append(one)
    entries: list[Entry] = []
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    for file, matches in by_file.items():
        portfolio = portfolios.read(file)
        holdings, tax = file.parent / portfolio.holdings, portfolio.tax or UNTAXED
        if holdings in after:
            raise InputError(f"{holdings} belongs to two portfolios: import the fills of one at a time.")
        before |= {path: booking.digest(path) for path in (file, holdings)}
        booked = book(file, holdings, tax, [_execution(one) for one in matches])
        after |= booked.texts
        entries += [
            _enter(db, one, {"by": by, "reason": None} | _sale(one, lots, tax), place.now())
            for one, lots in zip(matches, booked.lots, strict=True)
        ]
    if after:
        booking.announce(db, place.home, before, after)
    return entries, [*after]


def _enter(db: Database, one: Match, said: dict[str, Any], now: datetime) -> Entry:
    """A fill in the ledger, with the prices that it is measured against."""
    against = {
        "close": float(one.scope.book.close[one.column]),
        "limit_price": one.order.limit_price,
        "fx": float(one.fx),
    }
    return ledger.append(
        db, FILL, one.order.run_id, particulars(one.fill) | against | {"id": one.id} | said, now
    )


def _sale(one: Match, lots: Sequence[Taken], tax: Tax) -> dict[str, Any]:
    """The lots that a sale took; nothing of a purchase."""
    return {"lots": entered(lots, _execution(one), one.fx, tax)} if one.fill.side == "SELL" else {}


def _portfolio_file(home: Path, run: Run) -> Path:
    """Where the run's portfolio lies; where it has moved, HOME/portfolios is looked at by its name."""
    recorded = Path(run.portfolio_file) if run.portfolio_file else None
    file = recorded if recorded and recorded.exists() else portfolios.own(home).get(run.portfolio)
    if file is None:
        where = f"{recorded} is gone" if recorded else f"the run does not say where {run.portfolio!r} lay"
        raise InputError(f"{where}: put its file at {home / 'portfolios' / f'{run.portfolio}.toml'}.")
    if portfolios.SHIPPED.parent in file.parents:
        raise InputError(
            f"portfolio {run.portfolio!r} is an example that comes with Ballast and nobody's: "
            f"copy it to {home / 'portfolios'} and run it from there."
        )
    name = portfolios.read(file).name
    if name != run.portfolio:
        raise InputError(
            f"{file} is of portfolio {name!r} now, and run {run.run_id} is of {run.portfolio!r}: "
            "put that portfolio's file back before its fills are imported."
        )
    return file


def _execution(one: Match) -> Execution:
    """What a fill does to the holdings; where its day is not told, it is the session's."""
    fill, scope = one.fill, one.scope
    sign = -1 if fill.side == "BUY" else 1
    worth = fill.quantity * fill.price * one.fx
    day = day_of(fill.filled_at, scope.calendars[fill.symbol]) if fill.filled_at else scope.run.session
    cash = (sign * worth - fill.commission).quantize(PLACES)
    return Execution(fill.symbol, fill.side, fill.quantity, fill.price, day, cash)


def _filled(entry: Entry) -> Filled:
    said = entry.payload
    quantity, price = float(said["quantity"]), float(said["price"])
    close, limit = said["close"], said["limit_price"]
    lots = realised(said)
    return Filled(
        run_id=entry.subject,
        symbol=said["symbol"],
        side=said["side"],
        quantity=quantity,
        price=price,
        commission=float(said["commission"]),
        filled_at=said["filled_at"],
        id=said["id"],
        imported_by=said["by"],
        imported_at=entry.at,
        close=close,
        limit_price=limit,
        against_close=slippage(said["side"], quantity, price, close, said["fx"]),
        against_limit=slippage(said["side"], quantity, price, limit, said["fx"]),
        lots=lots,
        gain=total(lots),
    )
