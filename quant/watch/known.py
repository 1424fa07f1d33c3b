"""What is known of a minute besides its bars, from other sources and the exchange."""

from dataclasses import dataclass

import numpy as np

from quant.intraday.saved import Flags, Floats


@dataclass(frozen=True)
class Known:
    """Arrays of shape (symbols,).

    Attributes:
        halted: trading is halted in this minute.
        auction: the minute's price comes from an auction.
        factor: price after ÷ before an action that takes effect in this session: 1 ÷ split, or
            1 - dividend ÷ last close; NaN or 1 without one. The same in every minute.
        second: the price by another source, NaN where there is none.
    """

    halted: Flags
    auction: Flags
    factor: Floats
    second: Floats

    @classmethod
    def nothing(cls, symbols: int) -> "Known":
        """No halt, no auction, no action and no second source."""
        none = np.zeros(symbols, bool)
        return cls(none, none, np.full(symbols, np.nan), np.full(symbols, np.nan))
