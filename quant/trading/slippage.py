"""What a fill cost against what it was recommended at."""

from dataclasses import dataclass

from quant.book.book import Side


@dataclass(frozen=True)
class Slippage:
    """Against one price: in basis points of it, and in the portfolio's currency; positive is worse."""

    basis_points: float
    amount: float


def slippage(side: Side, quantity: float, price: float, reference: float, fx: float) -> Slippage:
    """The slippage of `quantity` shares filled at `price`, both prices in the instrument's own unit.

    A buy above the reference and a sell below it cost something. `fx` is what one of the unit is worth in the
    portfolio's currency. NaN where the reference or the rate is. It is the part of Perold's implementation
    shortfall (1988) that is due to execution.
    """
    worse = price - reference if side == "BUY" else reference - price
    return Slippage(worse / reference * 1e4, worse * quantity * fx)
