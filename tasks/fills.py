"""Fills: what was really traded, booked into the holdings and measured against the recommendation."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from config import portfolio as portfolios
from config.booking import Execution, book
from config.fills import read_fills
from quant.book import Side
from quant.errors import InputError
from quant.slippage import Slippage, slippage
from tasks import booking, recommendations
from tasks.ledger import find_run
from tasks.matching import Match, day_of, match, particulars
from tasks.place import Place
from tasks.recommendations import FILL, Recommendation
from tasks.safekeeping import leave_copies
from warehouse import ledger
from warehouse.connection import Database
from warehouse.ledger import Entry
from warehouse.runs import Run


@dataclass(frozen=True)
class Filled:
    """One fill as it is in the ledger, with its slippage against the close and the limit of its order.

    Prices are in the instrument's own unit, commission and slippage in the portfolio's currency.
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
        return [_filled(entry) for entry in ledger.entries(db, (FILL,), run_id)]


def summary(place: Place, run: str) -> tuple[list[Recommendation], list[Filled]]:
    """The recommendations of a run as they stand, and their fills."""
    run_id = find_run(place, run, None)
    with place.warehouse.open() as db:
        fills = [_filled(entry) for entry in ledger.entries(db, (FILL,), run_id)]
        return [*recommendations.of_run(db, run_id, place.now()).values()], fills


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
        entered = [_enter(db, one, by.strip(), place.now()) for one in new]
        files = _book(db, place.home, new)
    booking.finish(place)
    leave_copies(place)
    return Imported(tuple(map(_filled, entered)), len(fills) - len(new), tuple(files))


def _enter(db: Database, one: Match, by: str, now: datetime) -> Entry:
    """A fill in the ledger, with the prices that it is measured against."""
    book = one.scope.book
    column = book.symbols.index(one.fill.symbol)
    against = {
        "close": float(book.close[column]),
        "limit_price": one.order.limit_price,
        "fx": float(book.fx[column]),
    }
    payload = particulars(one.fill) | against | {"id": one.id, "by": by, "reason": None}
    return ledger.append(db, FILL, one.order.run_id, payload, now)


def _book(db: Database, home: Path, new: Sequence[Match]) -> list[Path]:
    """Announce the new texts of the files that the fills change; their paths."""
    by_file: defaultdict[Path, list[Execution]] = defaultdict(list)
    for one in new:
        by_file[_portfolio_file(home, one.scope.run)].append(_execution(one))
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    for file, executions in by_file.items():
        holdings = file.parent / portfolios.read(file).holdings
        if holdings in after:
            raise InputError(f"{holdings} belongs to two portfolios: import the fills of one at a time.")
        before |= {path: booking.digest(path) for path in (file, holdings)}
        after |= book(file, holdings, executions)
    if after:
        booking.announce(db, home, before, after)
    return [*after]


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
    column = scope.book.symbols.index(fill.symbol)
    sign = -1 if fill.side == "BUY" else 1
    worth = fill.quantity * fill.price * Decimal(repr(float(scope.book.fx[column])))
    day = day_of(fill.filled_at, scope.calendars[fill.symbol]) if fill.filled_at else scope.run.session
    cash = sign * worth - fill.commission
    return Execution(fill.symbol, fill.side, fill.quantity, fill.price, day, cash)


def _filled(entry: Entry) -> Filled:
    said = entry.payload
    quantity, price = float(said["quantity"]), float(said["price"])
    close, limit = said["close"], said["limit_price"]
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
    )
