"""The rows of a holdings file when shares are bought and sold, and when a fill is taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Annotated

from pydantic import PlainSerializer

from config.accounts import CASH
from config.sheet import Row, Sheet
from quant.book.book import Side
from quant.errors import InputError
from quant.policy.policy import Tax
from quant.trading.lots import Lot, ordered
from quant.trading.replacements import Sale

PLACES = Decimal("1e-6")
"""Cash is kept to a millionth, so that digits do not pile up."""

DIGITS = Context(prec=24)
"""Of a mean cost: a lot may be a million times what is taken out of it."""

ROUNDED = Decimal("2e-9")
"""So much the costs of a share that earlier versions wrote may be off together: a lot and what leaves it."""


@dataclass(frozen=True)
class Execution:
    """What changes holdings: shares, their price in the instrument's unit, the day, the cash that moved.

    `commission` is of all shares, in the same unit as the price; `fill` is what the execution is known by,
    and `moment` when it was, where more than the day is given.
    """

    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    day: date
    cash: Decimal
    account: str | None = None
    commission: Decimal = Decimal()
    fill: Sale = ("", "", "")
    moment: datetime | None = None

    @property
    def net(self) -> Decimal:
        """What a share cost or brought with its commission: a purchase's basis, a sale's proceeds."""
        a_share = self.commission / self.quantity
        return mean(self.price + (a_share if self.side == "BUY" else -a_share))


@dataclass(frozen=True)
class Parcel:
    """Shares of one lot; `cost_basis` is per share, in the instrument's unit.

    Date and cost are None where the holdings file does not tell them.
    """

    acquired: date | None
    quantity: Decimal
    cost_basis: Decimal | None


def bought(sheet: Sheet, one: Execution) -> None:
    """Book a purchase: a lot of its day where the file has dates, else added to the symbol's row."""
    put(sheet, one, Parcel(_day(sheet, one), one.quantity, one.net))


def sold(sheet: Sheet, one: Execution, tax: Tax) -> tuple[Parcel, ...]:
    """Book a sale: what it takes of each lot, in the order of the tax method. Sold-out lots leave the file.

    Lots bought after the day of the sale come last.

    Raises:
        InputError: more is sold than is held.
    """
    own = {_parcel(row).acquired or date.min: row for row in sheet.lots(one.symbol, one.account)}
    held = sum((Decimal(row["quantity"]) for row in own.values()), Decimal())
    if held < one.quantity:
        raise InputError(
            f"{sheet.file} holds {written(held)} {one.symbol}{_whose(one)}, and {written(one.quantity)} were "
            "sold. Bring it to what was held before these fills."
        )
    # What has no date is older than what has one. The order does not depend on the unit of prices.
    lots = ordered([_ordered(row, acquired) for acquired, row in own.items()], float(one.net), one.day, tax)
    left, found = one.quantity, list[Parcel]()
    for lot in sorted(lots, key=lambda lot: lot.acquired > one.day):  # bought after a sale entered late
        parcel = _parcel(own[lot.acquired])
        taken = min(left, parcel.quantity)
        left -= taken
        _keep(own[lot.acquired], parcel.quantity - taken)
        if taken:
            found.append(Parcel(parcel.acquired, taken, parcel.cost_basis))
    return tuple(found)


def returned(sheet: Sheet, sale: Execution, lots: Sequence[Parcel]) -> None:
    """Take a sale back: the shares return to the lots that they were taken from, at the cost that they had.

    Raises:
        InputError: the file has no column for the date or the cost of a lot any more.
    """
    for lot in lots:
        cells = {"acquired": lot.acquired, "cost_basis": lot.cost_basis}
        lost = [name for name, value in cells.items() if value is not None and name not in sheet.columns]
        if lost:
            raise InputError(_moved(sheet, sale, f"has no column {lost[0]!r} for the lots that were sold"))
        put(sheet, sale, lot)


def withdrawn(sheet: Sheet, one: Execution, lots: Iterable[Parcel]) -> None:
    """Take shares out of the lots of their dates, and their cost out of those'; `one` is why.

    Raises:
        InputError: a lot is not there any more, holds less, or its cost has gone with shares sold since.
    """
    for lot in lots:
        acquired = lot.acquired if "acquired" in sheet.columns else None
        row = _lot(sheet, one, acquired)
        now = _parcel(row) if row else Parcel(None, Decimal(), None)
        left = now.quantity - lot.quantity
        if row is None or left < 0:
            held = f"holds {written(now.quantity)} of the {written(lot.quantity)} that were bought"
            raise InputError(_moved(sheet, one, held))
        if now.cost_basis is not None and lot.cost_basis is not None:
            cost = now.cost_basis * now.quantity - lot.cost_basis * lot.quantity
            slack = max(PLACES, ROUNDED * now.quantity)
            if cost < -slack or (not left and cost > slack):
                raise InputError(_moved(sheet, one, "has another cost for these shares"))
            row["cost_basis"] = written(mean(max(cost, Decimal()) / left)) if left else ""
        _keep(row, left)


def move(sheet: Sheet, one: Execution, before: Parcel, after: Parcel) -> None:
    """Give shares of a lot another date and cost; `one` is why.

    Raises:
        InputError: they are not in the lot any more, or not at that cost.
    """
    withdrawn(sheet, one, [before])
    put(sheet, one, after)


def sheet_lots(sheet: Sheet, one: Execution) -> list[Parcel]:
    """The lots of an execution's symbol, and account, as they stand."""
    return [_parcel(row) for row in sheet.lots(one.symbol, one.account)]


def pay(sheet: Sheet, account: str, cash: Decimal) -> None:
    """Move the cash of an account, in its row CASH; one is added where it has none.

    Raises:
        InputError: it would be below 0, which no account's cash may be.
    """
    rows = sheet.lots(CASH, account)
    before = Decimal(rows[0]["quantity"]) if rows else Decimal()
    after = (before + cash).quantize(PLACES)
    if after < 0:
        raise InputError(
            f"{sheet.file}: account {account!r} has {written(before)} in CASH, and {written(-cash)} are to "
            "be paid: it is never below 0. Bring it to what there is."
        )
    if rows:
        rows[0]["quantity"] = written(after)
    else:
        sheet.add({"symbol": CASH, "quantity": written(after), "account": account})


def _lot(sheet: Sheet, one: Execution, acquired: date | None) -> Row | None:
    """The row of a lot by its date; None where there is none."""
    rows = sheet.lots(one.symbol, one.account)
    return next((row for row in rows if _parcel(row).acquired == acquired), None)


def put(sheet: Sheet, one: Execution, lot: Parcel) -> None:
    """Add shares to the lot of their date, at the mean cost, or as a lot of their own where there is none."""
    row = _lot(sheet, one, lot.acquired)
    if row is None:
        day = lot.acquired.isoformat() if lot.acquired else ""
        row = {"symbol": one.symbol, "quantity": "0", "acquired": day, "account": one.account or ""}
        row = sheet.add(row | {"cost_basis": "" if lot.cost_basis is None else written(lot.cost_basis)})
    held = _parcel(row)
    total = held.quantity + lot.quantity
    if held.cost_basis is None or lot.cost_basis is None:
        row["cost_basis"] = ""  # what some of them have cost is not known: nor is it then of all
    elif held.cost_basis != lot.cost_basis:
        cost = held.cost_basis * held.quantity + lot.cost_basis * lot.quantity
        row["cost_basis"] = written(mean(cost / total))
    row["quantity"] = written(total)


def mean(cost: Decimal) -> Decimal:
    """A cost a share, to so many digits that what was added to a lot can be taken out of it again."""
    short = cost.quantize(PLACES)
    return short if abs(cost - short) < Decimal("1e-13") else DIGITS.plus(cost)


def _keep(row: Row, quantity: Decimal) -> None:
    """Leave so many shares in a row; without any it leaves the file."""
    if quantity:
        row["quantity"] = written(quantity)
    else:
        row.clear()


def _day(sheet: Sheet, one: Execution) -> date | None:
    """The date of a purchase's lot; None in a file without dates."""
    return one.day if "acquired" in sheet.columns else None


def _parcel(row: Row) -> Parcel:
    acquired, cost = row.get("acquired"), row.get("cost_basis")
    return Parcel(
        date.fromisoformat(acquired) if acquired else None,
        Decimal(row["quantity"]),
        Decimal(cost) if cost else None,
    )


def _ordered(row: Row, acquired: date) -> Lot:
    """A row as the methods order it: with [tax] every lot has a cost, and without they do not look at it."""
    return Lot(row["symbol"], acquired, float(row["quantity"]), float(_parcel(row).cost_basis or 0))


def _moved(sheet: Sheet, one: Execution, how: str) -> str:
    return (
        f"the holdings have moved on since this fill of {one.symbol}: {sheet.file} {how}{_whose(one)}. "
        "Cancel the later fills first, or correct the holdings by hand."
    )


def _whose(one: Execution) -> str:
    return f" of account {one.account!r}" if one.account else ""


def written(value: Decimal, least: int = 0) -> str:
    """A decimal as a person writes it: no exponent, no zeros at the end but `least` decimals."""
    digits = f"{value:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}.{'0' * least}" if least and "." not in digits else digits


Exact = Annotated[Decimal, PlainSerializer(written, return_type=str)]
"""A decimal that is kept as text, so that none is rounded."""
