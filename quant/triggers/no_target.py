"""A holding has no target: however little is held is too much."""

from quant.book.book import NO_CLASS
from quant.triggers import Evaluated, Situation


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for each holding without a target; `value` is its weight, the limit 0."""
    rows = zip(situation.drifts, situation.book.asset_classes, strict=False)  # the book's symbols come first
    return [
        Evaluated(
            "instrument", "no_target", row.key, row.actual, 0.0, row.breached,
            f"{row.key} has no target: every holding without one is sold",
        )
        for row, name in rows
        if name == NO_CLASS
    ]  # fmt: skip
