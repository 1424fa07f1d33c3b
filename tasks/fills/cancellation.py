"""Taking a fill back: a correcting entry in the ledger, and its effect out of holdings and cash."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from config.booking import take_back
from config.lot_rows import Execution, Parcel
from config.replaced import Replaced
from quant.errors import InputError
from quant.people import Actor
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.decisions.reasons import explained
from tasks.fills.importing import Filled, filled
from tasks.holdings import holdings_files
from tasks.orders import supersession
from tasks.orders.disallowed import replacements
from tasks.orders.entries import Cancellation, Fill, key
from tasks.orders.recommendations import recorded, standing
from tasks.outbox.notify import tell_withdrawn
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Entered


@dataclass(frozen=True)
class TakenBack:
    """A fill that was cancelled, the files that it has left, and the runs that did not know of that."""

    fill: Filled
    files: tuple[Path, ...]
    withdrawn: tuple[str, ...] = ()


def cancel(
    context: Context, name: str, by: Actor, reason: str, run: str | None = None, account: str | None = None
) -> TakenBack:
    """Cancel the fill with the id `name`; where several have it, `run` and `account` say which.

    Raises:
        InputError: there is none or more than one, it is cancelled already, the holdings have moved on, or
            the reason is empty; nothing has been written.
    """
    reason = explained(reason)
    done = context.warehouse.transact(lambda db: _cancel(db, context, name, by, reason, run, account))
    holdings_files.finish(context)
    tell_withdrawn(context, done.withdrawn)
    leave_copies(context)
    return done


def _cancel(
    db: Database, context: Context, name: str, by: Actor, reason: str, run: str | None, account: str | None
) -> TakenBack:
    """Enter the cancellation; it writes and announces files as an import does (see `importing`)."""
    holdings_files.settle(db, context)
    fill = _asked(db, name, runs.find(db, run, None) if run else None, account)
    before, after = _out_of_holdings(db, context.home, fill)
    entry = entered.append(db, fill.subject, _taken_back(fill.said, by, reason), context.now())
    holdings_files.announce(context.home, [entry], before, after)
    withdrawn = supersession.withdraw_newer(db, [entry], context.now())
    return TakenBack(filled(fill, entry, {}), tuple(after), tuple(withdrawn))


def _taken_back(fill: Fill, by: Actor, reason: str) -> Cancellation:
    said = Cancellation(
        id=fill.id, symbol=fill.symbol, side=fill.side, quantity=fill.quantity, **by.entry(), reason=reason
    )
    return said.model_copy(update={"account": fill.account}) if fill.account else said


def _asked(db: Database, name: str, run_id: str | None, account: str | None) -> Entered[Fill]:
    """The standing fill that is meant."""
    every = [
        (fill, cancellation)
        for fill, cancellation in recorded(db, run_id)
        if fill.said.id == name and (account is None or fill.said.account == account)
    ]
    standing = [fill for fill, cancellation in every if cancellation is None]
    if len(standing) == 1:
        return standing[0]
    if standing:
        names = ", ".join(_name(fill) for fill in standing)
        raise InputError(f"fill {name!r}: {len(standing)} have that id, {names}. Add --run or --account.")
    if every:
        last = every[-1][1]
        assert last is not None
        who = f"{last.said.by} on {last.at:%Y-%m-%d} ({last.said.reason})"
        raise InputError(f"fill {name!r} of run {last.subject} was cancelled already, by {who}.")
    whose = (f" of run {run_id}" if run_id else "") + (f" of account {account!r}" if account else "")
    raise InputError(
        f"fill {name!r}: there is none{whose}. `ballast fills list` shows the ids, in parentheses."
    )


def _name(fill: Entered[Fill]) -> str:
    account = fill.said.account
    return f"run {fill.subject}" + (f" account {account}" if account else "")


def _out_of_holdings(
    db: Database, home: Path, fill: Entered[Fill]
) -> tuple[dict[Path, str], dict[Path, str]]:
    """The files as they were read, by digest, and their texts without the fill."""
    said = fill.said
    if said.cash is None:
        raise InputError(
            f"fill {said.id!r} was imported by a version that did not keep what it took: "
            "correct the holdings by hand."
        )
    run = runs.load(db, fill.subject)
    file = holdings_files.portfolio_file(home, run)
    portfolio, before = holdings_files.read(file, [run], {said.account})
    counted = portfolio.holdings_as_of
    if counted and counted != said.counted:
        raise InputError(
            f"fill {said.id!r} was booked before the holdings of {portfolio.name!r} were counted anew "
            f"(holdings_as_of = {counted}): whether they include it is not known. Correct them by hand."
        )
    after = take_back(file, portfolio, _execution(said, said.cash), _parcels(said), _replaced(db, fill))
    return before, dict(after)


def _replaced(db: Database, fill: Entered[Fill]) -> Sequence[Replaced]:
    """Of a sale what replaces some of it, of a purchase what of it replaces some of others."""
    done = replacements(standing(db))
    if fill.said.side == "SELL":
        return done.get(key(fill), [])
    return [one for one in fill.said.replaced if one in done.get(one.sale, ())]


def _execution(fill: Fill, cash: Decimal) -> Execution:
    """What was booked; by a version of before without the commission in the cost."""
    net = fill.price if fill.net is None else fill.net
    commission = abs(net - fill.price) * fill.quantity
    return Execution(
        fill.symbol, fill.side, fill.quantity, fill.price, fill.booked_on, cash, fill.account, commission
    )


def _parcels(fill: Fill) -> Sequence[Parcel]:
    """The lots that a sale took."""
    return [Parcel(lot.acquired, lot.quantity, lot.cost_basis) for lot in fill.lots or ()]
