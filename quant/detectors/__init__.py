"""Detectors of crashes within a session, one file each, found by name (`quant.plugins.discover`).

A detector file defines

- `ROLE`: what it may do. `test` is a statistical test, `move` a move on the exchange's scale: an alert of a
  symbol needs one of each. `market` speaks of the market as a whole. `evidence` is shown with an alert and
  causes none;
- `Parameters`: a frozen dataclass whose fields have types and defaults;
- `begin(symbols, parameters) -> Arrays`: its memory before the first minute, arrays by name;
- `update(minute, memory, parameters) -> Measure`: one minute over all symbols; it changes `memory` in place,
  whose size stays. A session begins with `minute.number == 0`.

tests/contract/test_detectors.py covers every file here. Formulas and their sources stand in the files.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from quant.intraday.saved import Flags, Floats

Role = Literal["test", "move", "market", "evidence"]
Levels = npt.NDArray[np.int8]
_NONE, _WARNING, _CRITICAL = np.int8(0), np.int8(1), np.int8(2)


@dataclass(frozen=True)
class Measure:
    """What a detector says of one minute; arrays of shape (symbols,).

    Attributes:
        value: its statistic, negative for a fall where it has a sign; NaN where it cannot be computed.
        level: 0 nothing, 1 enough for a warning, 2 enough for a critical alert. NaN values have level 0.
    """

    value: Floats
    level: Levels


def levels(warning: Flags, critical: Flags) -> Levels:
    """The level of each symbol from what is enough for a warning, and for a critical alert."""
    return np.where(critical, _CRITICAL, np.where(warning, _WARNING, _NONE))
