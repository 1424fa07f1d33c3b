"""Taking a fill back: a correcting entry in the ledger, and its effect out of holdings and cash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from config.booking import take_back
from config.lot_rows import Execution, Parcel
from config.replaced import Replaced
from quant.errors import InputError
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.decisions.halts import explained, named
from tasks.fills.importing import Filled, filled
from tasks.holdings import holdings_files
from tasks.orders import supersession
from tasks.orders.disallowed import replaced, replacements, sale_of
from tasks.orders.recommendations import CANCELLATION, standing, told
from tasks.outbox.notify import tell_withdrawn
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.ledger import Entry


@dataclass(frozen=True)
class TakenBack:
    """A fill that was cancelled, the files that it has left, and the runs that did not know of that."""

    fill: Filled
    files: tuple[Path, ...]
    withdrawn: tuple[str, ...] = ()


def cancel(
    context: Context, name: str, by: str, reason: str, run: str | None = None, account: str | None = None
) -> TakenBack:
    """Cancel the fill with the id `name`; where several have it, `run` and `account` say which.

    Raises:
        InputError: there is none or more than one, it is cancelled already, the holdings have moved on, or
            who or why is empty; nothing has been written.
    """
    by, reason = named(by), explained(reason)
    with context.warehouse.open() as db:
        holdings_files.settle(db, context)
        fill = _asked(db, name, runs.find(db, run, None) if run else None, account)
        files = _out_of_holdings(db, context.home, fill)
        said = {key: fill.payload[key] for key in ("id", "symbol", "side", "quantity")}
        whose = {"account": fill.payload["account"]} if "account" in fill.payload else {}
        payload = said | whose | {"by": by, "reason": reason}
        entry = ledger.append(db, CANCELLATION, fill.subject, payload, context.now())
        holdings_files.announce(context.home, [entry], *files)
        withdrawn = supersession.withdraw_newer(db, [entry], context.now())
    holdings_files.finish(context)
    tell_withdrawn(context, withdrawn)
    leave_copies(context)
    return TakenBack(filled(fill, entry, {}), tuple(files[1]), tuple(withdrawn))


def _asked(db: Database, name: str, run_id: str | None, account: str | None) -> Entry:
    """The standing fill that is meant."""
    every = [
        (fill, cancellation)
        for fill, cancellation in told(db, run_id)
        if fill.payload["id"] == name and (account is None or fill.payload.get("account") == account)
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
        who = f"{last.payload['by']} on {last.at:%Y-%m-%d} ({last.payload['reason']})"
        raise InputError(f"fill {name!r} of run {last.subject} was cancelled already, by {who}.")
    whose = (f" of run {run_id}" if run_id else "") + (f" of account {account!r}" if account else "")
    raise InputError(
        f"fill {name!r}: there is none{whose}. `ballast fills list` shows the ids, in parentheses."
    )


def _name(fill: Entry) -> str:
    account = fill.payload.get("account")
    return f"run {fill.subject}" + (f" account {account}" if account else "")


def _out_of_holdings(db: Database, home: Path, fill: Entry) -> tuple[dict[Path, str], dict[Path, str]]:
    """The files as they were read, by digest, and their texts without the fill."""
    said = fill.payload
    if "cash" not in said:
        raise InputError(
            f"fill {said['id']!r} was imported by a version that did not keep what it took: "
            "correct the holdings by hand."
        )
    run = runs.load(db, fill.subject)
    file = holdings_files.portfolio_file(home, run)
    portfolio, before = holdings_files.read(file, [run], {said.get("account")})
    counted = portfolio.holdings_as_of
    if counted and counted.isoformat() != said["counted"]:
        raise InputError(
            f"fill {said['id']!r} was booked before the holdings of {portfolio.name!r} were counted anew "
            f"(holdings_as_of = {counted}): whether they include it is not known. Correct them by hand."
        )
    after = take_back(file, portfolio, _execution(fill), _parcels(fill), _replaced(db, fill))
    return before, dict(after)


def _replaced(db: Database, fill: Entry) -> Sequence[Replaced]:
    """Of a sale what replaces some of it, of a purchase what of it replaces some of others."""
    done = replacements(standing(db))
    if fill.payload["side"] == "SELL":
        return done.get(sale_of(fill), [])
    return [one for one in replaced(fill) if one in done.get(one.sale, ())]


def _execution(fill: Entry) -> Execution:
    """What was booked; by a version of before without the commission in the cost."""
    said = fill.payload
    quantity, price = Decimal(said["quantity"]), Decimal(said["price"])
    commission = abs(Decimal(said.get("net", said["price"])) - price) * quantity
    return Execution(
        said["symbol"],
        said["side"],
        quantity,
        price,
        date.fromisoformat(said["day"]),
        Decimal(said["cash"]),
        said.get("account"),
        commission,
    )


def _parcels(fill: Entry) -> Sequence[Parcel]:
    """The lots that a sale took."""
    return [
        Parcel(
            date.fromisoformat(lot["acquired"]) if lot["acquired"] else None,
            Decimal(lot["quantity"]),
            None if lot["cost_basis"] is None else Decimal(lot["cost_basis"]),
        )
        for lot in fill.payload.get("lots", ())
    ]
