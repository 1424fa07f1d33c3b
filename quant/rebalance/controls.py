"""What people decided and other runs did, as far as the checks of a run depend on it; kept with the run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from quant.policy.policy import Amount, Strict, Symbol
from quant.trading.wash_sales import WashSales

HOLDS_REGARDLESS = frozenset({"data", "kill_switch", "restricted"})
"""The checks that nobody can override."""


class Override(Strict):
    """Two people's word that a check holds nothing until an instant: of one symbol, or of all."""

    id: str
    check: str
    symbol: Symbol | None
    by: str
    approved_by: str
    until: datetime
    reason: str

    def __str__(self) -> str:
        end = f"{self.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        of = f"{self.symbol} " if self.symbol else ""
        return f"{of}overridden until {end} by {self.by} and {self.approved_by}: {self.reason}"


class Enabled(Strict):
    """Who ended a halt since the run before, and why."""

    portfolio: str
    at: datetime
    by: str
    reason: str


class Repeated(Strict):
    """On how many runs in a row before this one the same side of a symbol was recommended, and not done."""

    side: Literal["BUY", "SELL"]
    times: int


class Controls(Strict):
    """The circumstances of a run. `repeated` is by symbol.

    `notional_elsewhere` is what the other portfolios' runs of the session recommend, in the portfolio's
    currency; None when some of it is in another. `disabled` says why everything is held, in this run or from
    the next one on. `wash_sales` is None where no tax is stated.
    """

    overrides: tuple[Override, ...] = ()
    repeated: dict[str, Repeated] = Field(default={})
    notional_elsewhere: Amount | None = 0.0
    enabled: Enabled | None = None
    disabled: str | None = None
    wash_sales: WashSales | None = None


NONE = Controls()


def repeated(orders: Sequence[Mapping[str, Literal["BUY", "SELL"]]]) -> dict[str, Repeated]:
    """How often in a row each order came, from the sides by symbol of each run, the newest run first."""
    if not orders:
        return {}
    return {
        symbol: Repeated(side=side, times=_times(orders, symbol, side)) for symbol, side in orders[0].items()
    }


def _times(orders: Sequence[Mapping[str, str]], symbol: str, side: str) -> int:
    same = [sides.get(symbol) == side for sides in orders]
    return (*same, False).index(False)
