"""What sales realised: the lots that a fill took, with gain and term, into the ledger and out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.lot_rows import Execution, Parcel
from config.replaced import Replaced
from quant.policy.policy import Tax
from quant.trading.lots import Term, term
from tasks.orders.disallowed import of_lot
from tasks.orders.entries import Fill, SoldLot


@dataclass(frozen=True)
class Realised:
    """What a sale took of one lot. `cost_basis` is per share, in the instrument's own unit.

    `gain` is quantity x (price - cost basis) less the commission, before tax, in the portfolio's currency at
    the run's rate, and `disallowed` the loss in it that is a wash sale's (at least 0). What the holdings file
    does not tell of a lot is None, and so is what would need it.
    """

    acquired: date | None
    quantity: float
    cost_basis: float | None
    gain: float | None
    term: Term | None
    disallowed: float = 0.0


@dataclass(frozen=True)
class Replacement:
    """Shares that replace some of a sale at a loss, the one with this `run_id` and `id`.

    `cost_basis` and `acquired` are what they have in the holdings: with the loss and the time that the sold
    ones were held. `loss` is all of it; both are in the instrument's own unit.
    """

    run_id: str
    id: str
    sold_on: date
    quantity: float
    cost_basis: float
    acquired: date
    loss: float


def lots_of(lots: Sequence[Parcel], sale: Execution, fx: Decimal, tax: Tax) -> tuple[SoldLot, ...]:
    """The lots of a sale for the ledger."""
    return tuple(
        SoldLot(
            acquired=lot.acquired,
            quantity=lot.quantity,
            cost_basis=lot.cost_basis,
            gain=None if lot.cost_basis is None
            else float(lot.quantity * (sale.net - lot.cost_basis) * fx),
            term=None if lot.acquired is None else term(lot.acquired, sale.day, tax),
        )
        for lot in lots
    )  # fmt: skip


def realised(fill: Fill, done: Sequence[Replaced] = ()) -> tuple[Realised, ...]:
    """The lots that a fill took, of which the shares `done` replace some.

    Empty for a purchase, and for a sale of before lots were entered.
    """
    return tuple(_lot(lot, done, fill.fx) for lot in fill.lots or ())


def _lot(lot: SoldLot, done: Sequence[Replaced], fx: float) -> Realised:
    return Realised(
        acquired=lot.acquired,
        quantity=float(lot.quantity),
        cost_basis=None if lot.cost_basis is None else float(lot.cost_basis),
        gain=lot.gain,
        term=lot.term,
        disallowed=float(of_lot(done, lot.acquired)) * fx,
    )


def replacement(one: Replaced) -> Replacement:
    """Replacing shares as they are reported."""
    run_id, _, name = one.sale
    quantity, adjusted, loss = float(one.quantity), float(one.adjusted), float(one.quantity * one.loss)
    return Replacement(run_id, name, one.day, quantity, adjusted, one.acquired, loss)


def total(lots: Sequence[Realised]) -> float | None:
    """The gain of all lots; None where that of any is not known, or there are none."""
    gains = [lot.gain for lot in lots if lot.gain is not None]
    return sum(gains) if gains and len(gains) == len(lots) else None
