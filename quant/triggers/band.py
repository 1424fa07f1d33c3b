"""An instrument's drift is beyond its absolute or relative band."""

from quant.book.book import NO_CLASS
from quant.triggers import Evaluated, Situation
from quant.triggers._band import against_band


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for each symbol with a target; `value` and `limit` are shares of the portfolio's value."""
    rows = zip(situation.drifts, situation.book.asset_classes, strict=False)  # the book's symbols come first
    return [against_band(situation, row, "band") for row, name in rows if name != NO_CLASS]
