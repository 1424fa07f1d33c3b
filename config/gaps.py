"""Sessions without a price that a person lets be: nothing waits for them."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from quant.errors import InputError
from quant.policy.policy import Strict, Symbol


class AcceptedGap(Strict):
    """The sessions of a symbol from `first` to `last` (or that one alone), and why they are missing."""

    symbol: Symbol
    first: date
    last: date | None = None
    reason: Annotated[str, Field(min_length=1, max_length=200)]

    def covers(self, symbol: str, first: date, last: date) -> bool:
        """Whether all sessions of a symbol's gap are accepted."""
        return self.symbol == symbol and self.first <= first and last <= (self.last or self.first)


def check_gaps(path: Path, gaps: Sequence[AcceptedGap], asked: Collection[str]) -> None:
    """Refuse gaps that can be of no use: of a symbol that is not there, or that end before they begin.

    Raises:
        InputError: there is one.
    """
    for gap in gaps:
        if gap.symbol not in asked:
            raise InputError(
                f"{path}: [[data.gap]] symbol = {gap.symbol!r} is neither a target nor held nor the "
                "benchmark, nor a rate (GBPUSD=X) of theirs. Name one of those, or remove the table."
            )
        if gap.last is not None and gap.last < gap.first:
            raise InputError(
                f"{path}: [[data.gap]] of {gap.symbol!r} has last = {gap.last}, before first = {gap.first}. "
                "Put last on first or later, or leave it out for one session."
            )
