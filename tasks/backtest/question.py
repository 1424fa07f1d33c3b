"""What is asked of a backtest: a portfolio, a stretch of time, and settings to try."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import product

from quant.errors import InputError

CASH = 1_000_000.0
"""What a backtest begins with, in the portfolio's currency, where nothing else is said."""
MOST = 10_000
"""Settings of one sweep."""
SWEPT = re.compile(
    r"^(?P<key>[a-z_]+\.[a-z0-9_]+)=(?P<low>[^.:]*(?:\.\d+)?)\.\.(?P<high>[^:]+):(?P<count>\d+)$"
)


@dataclass(frozen=True)
class Sweep:
    """A setting "section.key" and the values to try, ascending."""

    key: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Asked:
    """`settings` are texts of values by "section.key", which stand for the portfolio file's.

    `start` and `end` are days; `end` None: the last session with prices. `source` None: as `ballast whatif`.
    `known_at` None: now. `sweeps`: at most two, of which every combination is tried.
    """

    portfolio: str
    start: date
    end: date | None = None
    cash: float = CASH
    settings: Mapping[str, str] = field(default_factory=dict)
    sweeps: tuple[Sweep, ...] = ()
    source: str | None = None
    known_at: datetime | None = None

    @property
    def combinations(self) -> Sequence[Mapping[str, float]]:
        """Every setting of a sweep, by key; none without one."""
        if not self.sweeps:
            return []
        keys = [sweep.key for sweep in self.sweeps]
        return [
            dict(zip(keys, values, strict=True)) for values in product(*(one.values for one in self.sweeps))
        ]


def sweep(text: str) -> Sweep:
    """What `rebalance.band_absolute=0.01..0.10:10` means: ten values from 0.01 to 0.10, evenly spaced.

    Raises:
        InputError: it is no sweep; the sentence shows one.
    """
    found = SWEPT.match(text.strip())
    if found is None:
        raise InputError(
            f"--sweep {text!r} is no range of a setting: write SECTION.KEY=LOW..HIGH:COUNT, "
            "such as rebalance.band_absolute=0.01..0.10:10."
        )
    low, high = (_number(text, found[name]) for name in ("low", "high"))
    count = int(found["count"])
    if not (low < high and 2 <= count <= MOST):
        raise InputError(f"--sweep {text!r}: LOW must be below HIGH, and COUNT from 2 to {MOST:,}.")
    step = (high - low) / (count - 1)
    return Sweep(found["key"], tuple(round(low + step * number, 12) for number in range(count)))


def checked(asked: Asked) -> Asked:
    """The same, if it can be asked.

    Raises:
        InputError: it cannot.
    """
    if not (math.isfinite(asked.cash) and asked.cash > 0):
        raise InputError(f"--cash {asked.cash:g}: a backtest begins with an amount above 0.")
    if asked.end is not None and asked.end <= asked.start:
        raise InputError(f"--end {asked.end} is not after --start {asked.start}.")
    if len(asked.sweeps) > 2 or len({one.key for one in asked.sweeps}) < len(asked.sweeps):
        raise InputError("--sweep takes one setting, or two different ones.")
    if len(asked.combinations) > MOST:
        raise InputError(f"the sweep has {len(asked.combinations):,} settings; at most {MOST:,} are tried.")
    if twice := {*asked.settings} & {one.key for one in asked.sweeps}:
        raise InputError(f"{', '.join(sorted(twice))} is given by --set and by --sweep: give it once.")
    return asked


def _number(text: str, part: str) -> float:
    try:
        found = float(part)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"--sweep {text!r}: {part!r} is no number.")
    return found
