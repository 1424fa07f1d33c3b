"""Fills: what was really traded, booked into the holdings and measured against the recommendation."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import config.fills
from config.booking import book
from config.holdings import Lot
from config.lot_rows import PLACES, Execution
from config.portfolio import Portfolio
from config.replaced import Histories, Outcome
from quant.book.book import Side
from quant.errors import InputError
from quant.people import Actor
from quant.trading.lots import UNTAXED
from quant.trading.slippage import Slippage, slippage
from tasks.context.context import Context
from tasks.context.find_run import find_run
from tasks.context.safekeeping import leave_copies
from tasks.fills.matching import Match, day_of, match, moment_of
from tasks.fills.particulars import particulars
from tasks.fills.told import tell
from tasks.holdings import holdings_files
from tasks.notifiers import Channel
from tasks.orders import recommendations, supersession
from tasks.orders.disallowed import Replacements, replacements
from tasks.orders.entries import Cancellation, Fill, key
from tasks.orders.realised_gains import Realised, Replacement, lots_of, realised, replacement, total
from tasks.orders.recommendations import Recommendation, recorded
from tasks.orders.wash_sales import past
from tasks.outbox import answer
from tasks.outbox.notify import tell_withdrawn
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Entered


@dataclass(frozen=True)
class Cancelled:
    """Who took a fill back, when and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Filled:
    """One fill as it is in the ledger, with its slippage against the close and the limit of its order.

    Prices are in the instrument's own unit, commission, slippage and gain in `currency`, the portfolio's
    (None of what an earlier version imported). `lots` are those that a sale took, `gain` is of all of them:
    None where it is not known, and for a purchase. `replaces` is what its booking made of replacing shares:
    in a purchase its own, in a sale those that were held already. `account` is None for a portfolio without
    accounts, `cancelled` while the fill stands.
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
    account: str | None
    currency: str | None
    cancelled: Cancelled | None
    replaces: tuple[Replacement, ...] = ()


@dataclass(frozen=True)
class Imported:
    """What an import came to: the new fills, how many were known already, and the files that it changed.

    `cancelled` are those of the known that were taken back, and stay out. `withdrawn` are the runs that did
    not know of the new ones.
    """

    fills: tuple[Filled, ...]
    known: int
    cancelled: int
    files: tuple[Path, ...]
    withdrawn: tuple[str, ...] = ()


def listing(context: Context, run: str | None) -> list[Filled]:
    """Every fill, in the order of import, cancelled ones too; of one run or of all."""
    run_id = find_run(context, run, None) if run else None
    return context.warehouse.read(lambda db: of_run(db, run_id))


def summary(context: Context, run: str) -> tuple[list[Recommendation], list[Filled]]:
    """The recommendations of a run as they stand, and their fills."""
    run_id = find_run(context, run, None)
    return context.warehouse.read(
        lambda db: (recommendations.of_run(db, run_id, context.now()), of_run(db, run_id))
    )


def of_run(db: Database, run_id: str | None) -> list[Filled]:
    """The fills of a run, or of all, in the order of import, cancelled ones too."""
    done = replacements(recommendations.standing(db))
    return [filled(*pair, done) for pair in recorded(db, run_id)]


def take(context: Context, file: Path, by: Actor, *, superseded: bool = False) -> Imported:
    """Enter the fills of a file and book them into holdings and cash: all of them or none, each once.

    `superseded` books also what was executed after its run was replaced or withdrawn.

    Raises:
        InputError: a row is not right, or fills what was not recommended; nothing has been written.
    """
    fills = config.fills.read_fills(file)
    done, told = context.warehouse.transact(lambda db: _take(db, context, fills, by, superseded=superseded))
    holdings_files.finish(context)
    answer.bring(context, told)
    tell_withdrawn(context, done.withdrawn)
    leave_copies(context)
    return done


def _take(
    db: Database, context: Context, fills: Sequence[config.fills.Fill], by: Actor, *, superseded: bool
) -> tuple[Imported, list[Channel]]:
    """Enter and tell the fills, and announce in HOME what is to be written when they are committed.

    Files are touched within the unit of work because they have to be: what is due is read and written under
    the lock, and an announcement must be there before the commit. It may be repeated: a file that has its new
    text is left as it is, and what was announced of entries that are not in the ledger is dropped.
    """
    runs.close_dead(db, context.now())
    holdings_files.settle(db, context)
    new, cancelled = match(db, fills, context.now(), superseded=superseded)
    entries, files = _book(db, context, new, by)
    done = replacements(recommendations.standing(db))
    withdrawn = supersession.withdraw_newer(db, entries, context.now())
    imported = tuple(filled(entry, None, done) for entry in entries)
    found = Imported(imported, len(fills) - len(new), cancelled, tuple(files), tuple(withdrawn))
    return found, tell(db, context, entries, by)


def _book(
    db: Database, context: Context, new: Sequence[Match], by: Actor
) -> tuple[list[Entered[Fill]], list[Path]]:
    """Enter the fills, and announce the new texts of the files that they change."""
    by_file: defaultdict[Path, list[Match]] = defaultdict(list)
    for one in new:
        by_file[holdings_files.portfolio_file(context.home, one.snapshot.run)].append(one)
    entries: list[Entered[Fill]] = []
    before: dict[Path, str] = {}
    after: dict[Path, str] = {}
    for file, matches in by_file.items():
        executions = [_execution(one) for one in matches]
        portfolio, digests = holdings_files.read(
            file, [one.snapshot.run for one in matches], {one.account for one in executions}
        )
        for one, execution in zip(matches, executions, strict=True):
            _require_uncounted(one, execution, portfolio)
        if shared := digests.keys() & after.keys():
            raise InputError(f"{min(shared)} belongs to two portfolios: import the fills of one at a time.")
        done = book(file, portfolio, executions, _past(db, matches, portfolio))
        before |= digests
        after |= done.texts
        for one, execution, outcome in zip(matches, executions, done.outcomes, strict=True):
            said = _booked(one, execution, outcome, portfolio, by)
            entries.append(entered.append(db, one.order.run_id, said, context.now()))
    if after:
        holdings_files.announce(context.home, entries, before, after)
    return entries, [*after]


def _require_uncounted(one: Match, execution: Execution, portfolio: Portfolio) -> None:
    """Refuse a fill that holdings which were counted since contain; a run saw those of its own count before.

    Without a day nobody knows on which side of a count that was made since the run it lies.
    """
    counted, dated = portfolio.holdings_as_of, one.fill.filled_at is not None
    since = counted != one.snapshot.portfolio.holdings_as_of
    if counted is None or counted < execution.day or not (since or (dated and counted > execution.day)):
        return
    when = f"was executed on {execution.day}" if dated else "has no time of execution (filled_at)"
    raise InputError(
        f"{one.fill.where}: {one.fill.side} {one.fill.symbol} {when}, and the holdings of {portfolio.name!r} "
        f"were counted on {counted} (holdings_as_of): they would count it twice. "
        f"{'Leave the row out' if dated else 'Add the day; if it is that day or before, leave the row out'}."
    )


def _past(db: Database, matches: Sequence[Match], portfolio: Portfolio) -> Histories | None:
    """What earlier fills have left that these may replace or be replaced by; None without [tax]."""
    if portfolio.tax is None:
        return None
    newest = max((one.snapshot for one in matches), key=lambda one: one.run.session)
    held: defaultdict[str | None, list[Lot]] = defaultdict(list)
    holders = portfolio.holders
    for account, lot in zip(holders.owners, holders.lots, strict=True) if holders else ():
        held[account].append(lot)
    return past(db, newest.run, newest.portfolio, held if holders else {None: portfolio.lots})


def _booked(one: Match, execution: Execution, outcome: Outcome, portfolio: Portfolio, by: Actor) -> Fill:
    """A fill as it is entered: what it is measured against, and what it has done to the holdings."""
    own = particulars(one.fill)
    said = Fill(
        symbol=own.symbol,
        side=own.side,
        quantity=own.quantity,
        price=own.price,
        commission=own.commission,
        filled_at=own.filled_at,
        id=one.id,
        **by.entry(),
        reason=None,
        close=float(one.snapshot.book.close[one.column]),
        limit_price=one.order.limit_price,
        fx=float(one.fx),
        portfolio=portfolio.name,
        currency=one.snapshot.portfolio.currency,
        day=execution.day,
        cash=execution.cash,
        net=execution.net,
        counted=portfolio.holdings_as_of,
    )
    more: dict[str, object] = {"account": own.account} if own.account else {}
    if outcome.replaced:
        more["replaced"] = outcome.replaced
    if execution.side == "SELL":
        more["lots"] = lots_of(outcome.lots, execution, one.fx, portfolio.tax or UNTAXED)
    return said.model_copy(update=more)


def _execution(one: Match) -> Execution:
    """What a fill does to the holdings; where its day is not given, it is the session's."""
    fill, snapshot = one.fill, one.snapshot
    sign = -1 if fill.side == "BUY" else 1
    worth = fill.quantity * fill.price * one.fx
    day = day_of(fill.filled_at, snapshot.calendars[fill.symbol]) if fill.filled_at else snapshot.run.session
    cash = (sign * worth - fill.commission).quantize(PLACES)
    return Execution(
        fill.symbol,
        fill.side,
        fill.quantity,
        fill.price,
        day,
        cash,
        fill.account,
        fill.commission / one.fx,
        (snapshot.run.run_id, fill.account or "", one.id),
        moment_of(fill.filled_at),
    )


def filled(entry: Entered[Fill], cancellation: Entered[Cancellation] | None, done: Replacements) -> Filled:
    """A fill's entry, and the one that took it back, as they are shown; `done` has all replacing shares."""
    said = entry.said
    quantity, price = float(said.quantity), float(said.price)
    lots = realised(said, done.get(key(entry), ()))
    own = [one for one in said.replaced if one in done.get(one.sale, ())]
    return Filled(
        run_id=entry.subject,
        symbol=said.symbol,
        side=said.side,
        quantity=quantity,
        price=price,
        commission=float(said.commission),
        filled_at=said.filled_at,
        id=said.id,
        imported_by=said.by,
        imported_at=entry.at,
        close=said.close,
        limit_price=said.limit_price,
        against_close=slippage(said.side, quantity, price, said.close, said.fx),
        against_limit=slippage(said.side, quantity, price, said.limit_price, said.fx),
        lots=lots,
        gain=total(lots),
        account=said.account,
        currency=said.currency,
        cancelled=_cancelled(cancellation) if cancellation else None,
        replaces=tuple(map(replacement, own)),
    )


def _cancelled(entry: Entered[Cancellation]) -> Cancelled:
    return Cancelled(entry.said.by, entry.at, entry.said.reason)
