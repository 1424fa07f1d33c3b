"""What trades are estimated to cost, part by part."""

from dataclasses import dataclass

import numpy as np

from quant.book.book import Trade
from quant.market.panel import Floats
from quant.policy.policy import Costs

BASIS_POINT = 1e-4


@dataclass(frozen=True)
class Cost:
    """The parts of a trade's estimated cost, in the portfolio's currency."""

    commission: float
    spread: float
    impact: float


@dataclass(frozen=True)
class Estimates:
    """The parts of the estimated costs of several trades, as arrays."""

    commission: Floats
    spread: Floats
    impact: Floats


def estimate(trade: Trade, costs: Costs, half_spread: float, volatility: float, volume: float) -> Cost:
    """The estimated cost of a trade that is executed in one session; the units are those of `estimates`."""
    numbers = (trade.quantity, trade.notional, half_spread, volatility, volume)
    quantity, notional, *market = (np.array([number], dtype=float) for number in numbers)
    found = estimates(quantity, notional, costs, *market)
    return Cost(*(float(part[0]) for part in (found.commission, found.spread, found.impact)))


def estimates(
    quantity: Floats,
    notional: Floats,
    costs: Costs,
    half_spread: Floats,
    volatility: Floats,
    volume: Floats,
) -> Estimates:
    """The estimated costs of orders that are executed in one session each; all arrays have one shape.

    `quantity` in shares, at least 0; `notional` in the portfolio's currency; `half_spread` in basis points,
    `volatility` a day as a fraction, `volume` the average daily one in shares.
    """
    return Estimates(
        commissions(quantity, notional, costs),
        half_spread * BASIS_POINT * notional,
        _impact(costs.impact, volatility, quantity, volume) * notional,
    )


def commissions(quantity: Floats, notional: Floats, costs: Costs) -> Floats:
    """What brokers charge for orders, in the portfolio's currency; nothing for an order of no shares.

    At least `commission_min` an order and then at most `commission_max` of its notional: where the two
    contradict each other the maximum is charged (Interactive Brokers, fixed pricing: 10 shares at 0.20 cost
    0.02, 1% of their worth, and not the minimum of 1.00).
    """
    asked = (
        costs.commission_per_order
        + costs.commission_per_share * quantity
        + costs.commission_rate * BASIS_POINT * notional
    )
    asked = np.maximum(asked, costs.commission_min)
    if costs.commission_max is not None:
        asked = np.minimum(asked, costs.commission_max * BASIS_POINT * notional)
    return np.where(quantity > 0, asked, 0.0)


def above_maximum(a_share: Floats, costs: Costs) -> Floats:
    """By how much what grows with an order is above `commission_max`, as a share of its notional; at least 0.

    `a_share` is that of the commission a share in the price, for each symbol. What an order costs alone, and
    the minimum, are left out.
    """
    if costs.commission_max is None:
        return np.zeros(a_share.shape)
    return np.maximum(a_share + (costs.commission_rate - costs.commission_max) * BASIS_POINT, 0.0)


def _impact(coefficient: float, volatility: Floats, quantity: Floats, volume: Floats) -> Floats:
    """The square-root law, as a share of notional: coefficient × σ × √(quantity ÷ volume).

    Torre, BARRA Market Impact Model Handbook (1997); Almgren, Thum, Hauptmann and Li, Direct Estimation of
    Equity Market Impact (2005), find an exponent of 0.6. NaN where σ or the volume is not known;
    vendors write a volume of 0 where they do not know it.
    """
    if coefficient == 0:
        return np.zeros(quantity.shape)
    return np.asarray(coefficient * volatility * np.sqrt(quantity / np.where(volume > 0, volume, np.nan)))
