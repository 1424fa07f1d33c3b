"""The price steps of instruments."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import inf
from typing import Literal

SHARES = ((1.0, 0.0001), (inf, 0.01))
"""A cent, and a hundredth of one for prices below 1: what US exchanges quote (Regulation NMS, Rule 612)."""
FINER_BELOW = Decimal("0.01")
"""Where the tick of shares is more than a hundredth of the price, so that it may be another's."""
DIGITS = 4
"""The significant digits of a price whose own tick is finer than those of shares."""
ALIKE = Decimal("1e-6")
"""Closes that differ by less than this share are one price: vendors store some in 32 bits."""


@dataclass(frozen=True)
class Ticks:
    """The tick by price range: `sizes` are (below which price, tick), rising, the last below infinity.

    "usual": nothing is stated. A close below 0.01 that is no multiple of its tick shows that the instrument
    has finer ones (a crypto currency): its tick is then the fourth digit of the close. "stated":
    the instrument's own; a price below its tick cannot be. "before": the ticks of shares as they stand,
    which runs of before have used for everything.
    """

    sizes: tuple[tuple[float, float], ...] = SHARES
    kind: Literal["usual", "stated", "before"] = "usual"

    def rounded(self, price: Decimal, close: Decimal, *, up: bool) -> Decimal:
        """`price`, the limit of an order at `close`, on the tick; 0 where there is no such price."""
        tick = next(Decimal(repr(size)) for below, size in self.sizes if price < Decimal(below))
        if self.kind == "usual" and close < FINER_BELOW and not _on(tick, close):
            tick = Decimal(1).scaleb(close.adjusted() + 1 - DIGITS)
        if self.kind == "stated" and tick > close:
            return Decimal(0)
        steps = (price / tick).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
        return steps * tick


USUAL = Ticks()
BEFORE = Ticks(kind="before")


def _on(tick: Decimal, close: Decimal) -> bool:
    """Whether a close is a multiple of the tick."""
    return abs(close - (close / tick).to_integral_value() * tick) <= close * ALIKE
