"""The drift of an asset class is beyond its absolute or relative band."""

from quant.book.book import NO_CLASS
from quant.triggers import Evaluated, Situation
from quant.triggers._band import against_band


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for each asset class; `value` and `limit` are shares of the portfolio's value."""
    rows = situation.drifts[len(situation.book.symbols) :]
    return [against_band(situation, row, "class_band") for row in rows if row.key != NO_CLASS]
