"""What the trades of a portfolio cost and may do, beside its policy."""

from dataclasses import dataclass
from datetime import date

from quant.lots import Lot
from quant.panel import Floats
from quant.policy import Costs, Tax


@dataclass(frozen=True)
class Terms:
    """Arrays are aligned with the book's symbols; NaN where a number is not known.

    `half_spread` in basis points, `volatility` a day as a fraction, `volume` the average daily one in shares;
    `returns`, shape (sessions, symbols), simple total ones in the portfolio's currency. `lots` are empty
    and `tax` None where the portfolio states no tax; `day` is the first on which the orders can be done.
    """

    costs: Costs
    half_spread: Floats
    volatility: Floats
    volume: Floats
    returns: Floats
    lots: tuple[Lot, ...]
    tax: Tax | None
    day: date
    max_weight: float | None
