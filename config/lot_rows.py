"""The rows of a holdings file when shares are bought and sold: which lots are taken, and what stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from quant.book import Side
from quant.errors import InputError
from quant.lots import Lot, ordered
from quant.policy import Tax

PLACES = Decimal("1e-6")
"""Cash and mean costs are kept to a millionth, so that digits do not pile up."""

Row = dict[str, str]


@dataclass(frozen=True)
class Execution:
    """What changes holdings: shares, their price in the instrument's unit, the day, the cash that moved."""

    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    day: date
    cash: Decimal


@dataclass(frozen=True)
class Taken:
    """What a sale took of one lot; `cost_basis` is per share, in the instrument's unit.

    Date and cost are None where the holdings file did not tell them.
    """

    acquired: date | None
    quantity: Decimal
    cost_basis: Decimal | None


def bought(rows: Sequence[Row], columns: Sequence[str], one: Execution) -> list[Row]:
    """The rows after a purchase: a lot of its day where the file has dates, else added to the symbol's."""
    lot = {"symbol": one.symbol, "acquired": one.day.isoformat() if "acquired" in columns else ""}
    same = {name: value for name, value in lot.items() if value}
    place = next((i for i, row in enumerate(rows) if same.items() <= row.items()), None)
    if place is None:
        return [*rows, lot | {"quantity": written(one.quantity), "cost_basis": written(one.price)}]
    row = rows[place]
    held = Decimal(row["quantity"])
    total = held + one.quantity
    basis = row.get("cost_basis")
    # What the shares before have cost is not known: nor is it then of all of them.
    mean = (Decimal(basis) * held + one.price * one.quantity) / total if basis else None
    changed = {"quantity": written(total), "cost_basis": written(mean.quantize(PLACES)) if mean else ""}
    return [*rows[:place], row | changed, *rows[place + 1 :]]


def sold(rows: Sequence[Row], one: Execution, tax: Tax) -> tuple[list[Row], tuple[Taken, ...]]:
    """The rows after a sale without those that are sold out, and what it took of each lot.

    Raises:
        InputError: more is sold than is held; the caller knows the file.
    """
    own = {_day(row) or date.min: i for i, row in enumerate(rows) if row["symbol"] == one.symbol}
    held = sum((Decimal(rows[i]["quantity"]) for i in own.values()), Decimal())
    if held < one.quantity:
        raise InputError(
            f"holds {written(held)} {one.symbol}, and {written(one.quantity)} were sold. "
            "Bring it to what was held before these fills."
        )
    # What has no date is older than what has one. Order does not depend on the unit of prices.
    lots = [_lot(rows[i], acquired) for acquired, i in own.items()]
    changed, left, found = list(rows), one.quantity, list[Taken]()
    for lot in ordered(lots, float(one.price), one.day, tax):
        row = rows[own[lot.acquired]]
        taken = min(left, Decimal(row["quantity"]))
        left -= taken
        changed[own[lot.acquired]] = row | {"quantity": written(Decimal(row["quantity"]) - taken)}
        if taken:
            found.append(Taken(_day(row), taken, _cost(row)))
    gone = {i for i in own.values() if not Decimal(changed[i]["quantity"])}
    return [row for i, row in enumerate(changed) if i not in gone], tuple(found)


def _lot(row: Row, acquired: date) -> Lot:
    """A row as the methods order it: with [tax] every lot has a cost, and without they do not look at it."""
    return Lot(row["symbol"], acquired, float(row["quantity"]), float(_cost(row) or 0))


def _day(row: Row) -> date | None:
    return date.fromisoformat(row["acquired"]) if row.get("acquired") else None


def _cost(row: Row) -> Decimal | None:
    return Decimal(row["cost_basis"]) if row.get("cost_basis") else None


def written(value: Decimal, least: int = 0) -> str:
    """A decimal as a person writes it: no exponent, no zeros at the end but `least` decimals."""
    digits = f"{value:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}.{'0' * least}" if least and "." not in digits else digits
