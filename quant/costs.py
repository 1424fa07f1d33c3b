"""What a trade is estimated to cost, part by part."""

from dataclasses import dataclass
from math import nan, sqrt

from quant.book import Trade
from quant.policy import Costs

BASIS_POINT = 1e-4


@dataclass(frozen=True)
class Cost:
    """The parts of a trade's estimated cost, in the portfolio's currency."""

    commission: float
    spread: float
    impact: float


def estimate(trade: Trade, costs: Costs, half_spread: float, volatility: float, volume: float) -> Cost:
    """The estimated cost of a trade that is executed in one session.

    `half_spread` in basis points, `volatility` a day as a fraction, `volume` the average daily one in shares.
    """
    notional = trade.notional
    return Cost(
        costs.commission_per_order
        + costs.commission_per_share * trade.quantity
        + costs.commission_rate * BASIS_POINT * notional,
        half_spread * BASIS_POINT * notional,
        _impact(costs.impact, volatility, trade.quantity, volume) * notional,
    )


def _impact(coefficient: float, volatility: float, quantity: float, volume: float) -> float:
    """The square-root law, as a share of notional: coefficient × σ × √(quantity ÷ volume).

    Torre, BARRA Market Impact Model Handbook (1997); Almgren, Thum, Hauptmann and Li, Direct Estimation of
    Equity Market Impact (2005), find an exponent of 0.6. NaN where σ or the volume is not known;
    vendors write a volume of 0 where they do not know it.
    """
    if coefficient == 0:
        return 0.0
    return coefficient * volatility * sqrt(quantity / volume) if volume > 0 else nan
