"""What sales realised: the lots that a fill took, with gain and term, into the ledger and out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from config.lot_rows import Execution, Parcel, written
from quant.lots import Term, term
from quant.policy import Tax


@dataclass(frozen=True)
class Realised:
    """What a sale took of one lot. `cost_basis` is per share, in the instrument's own unit.

    `gain` is quantity x (price - cost basis), before costs and tax, in the portfolio's currency at the run's
    rate. What the holdings file does not tell of a lot is None, and so is what would need it.
    """

    acquired: date | None
    quantity: float
    cost_basis: float | None
    gain: float | None
    term: Term | None


def entered(lots: Sequence[Parcel], sale: Execution, fx: Decimal, tax: Tax) -> list[dict[str, Any]]:
    """The lots of a sale for the ledger; what stands in a file as decimal text, so that none is rounded."""
    return [
        {
            "acquired": lot.acquired,
            "quantity": written(lot.quantity),
            "cost_basis": None if lot.cost_basis is None else written(lot.cost_basis),
            "gain": None if lot.cost_basis is None
            else float(lot.quantity * (sale.price - lot.cost_basis) * fx),
            "term": None if lot.acquired is None else term(lot.acquired, sale.day, tax),
        }
        for lot in lots
    ]  # fmt: skip


def realised(fill: Mapping[str, Any]) -> tuple[Realised, ...]:
    """The lots in a fill's entry; empty for a purchase, and for a sale of before lots were entered."""
    return tuple(
        Realised(
            acquired=None if lot["acquired"] is None else date.fromisoformat(lot["acquired"]),
            quantity=float(lot["quantity"]),
            cost_basis=None if lot["cost_basis"] is None else float(lot["cost_basis"]),
            gain=lot["gain"],
            term=lot["term"],
        )
        for lot in fill.get("lots") or ()
    )


def total(lots: Sequence[Realised]) -> float | None:
    """The gain of all lots; None where that of any is not known, or there are none."""
    gains = [lot.gain for lot in lots if lot.gain is not None]
    return sum(gains) if gains and len(gains) == len(lots) else None
