"""The limit price of an order."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from quant.book import Side

TICK = Decimal("0.01")
TICK_BELOW_ONE = Decimal("0.0001")


def limit_price(side: Side, close: float, offset: float) -> float:
    """BUY close * (1 + offset) rounded down, SELL close * (1 - offset) rounded up, to the tick.

    The tick is 0.01, and 0.0001 for a limit below 1. Decimal arithmetic on the shortest decimal form of
    both numbers, so that 10 * 1.005 is 10.05 and not the cent below. A BUY under the smallest tick gives 0.
    """
    exact = Decimal(repr(float(close)))
    share = Decimal(repr(float(offset)))
    price = exact * (1 + share) if side == "BUY" else exact * (1 - share)
    tick = TICK_BELOW_ONE if price < 1 else TICK
    return float(price.quantize(tick, rounding=ROUND_FLOOR if side == "BUY" else ROUND_CEILING))
