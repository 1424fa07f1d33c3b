"""A desk to run `ballast` from: a HOME, portfolio files, and a small made-up market of two funds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from config.calendars import Calendar
from tests.e2e.command import Driver, Outcome, Running, start_cold

SESSION = date(2015, 8, 24)
SESSIONS = 300
DAILY_VOLATILITY = 0.006
CHANNEL = "#portfolio-core"
CRITICAL = 0.10  # a fall of 7% is critical whatever the volatility
WARNING = 0.035  # more than four, and less than 4%: never critical
HOLDINGS = "symbol,quantity\nAAA,700\nBBB,300\n"
PORTFOLIO = """
name = "{name}"
benchmark = "AAA"
holdings = "holdings.csv"
cash = 15000.0
[slack]
channel = "{channel}"
mention = "{mention}"
[[target]]
symbol = "AAA"
asset_class = "equity"
weight = 0.6
[[target]]
symbol = "BBB"
asset_class = "bond"
weight = 0.4
[risk]
max_weight = 0.9
"""


@dataclass(frozen=True)
class Desk:
    """`folder` holds everything, HOME included; `variables` is the environment that a run gets."""

    folder: Path
    driver: Driver
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def portfolio(
        self, name: str = "two-funds", *, channel: str = CHANNEL, mention: str = "", text: str = PORTFOLIO
    ) -> Path:
        """Write a portfolio file and its holdings: 70% in AAA, which should be 60%."""
        file = self.folder / f"{name}.toml"
        file.write_text(text.format(name=name, channel=channel, mention=mention))
        (self.folder / "holdings.csv").write_text(HOLDINGS)
        return file

    def prices(self, name: str = "prices", fall: float = CRITICAL, session: date = SESSION) -> Path:
        """Write a file of `market()`."""
        file = self.folder / f"{name}.parquet"
        pq.write_table(market(fall, session), file)
        return file

    def daily(
        self,
        portfolio: Path,
        prices: Path | None = None,
        *more: str,
        session: date = SESSION,
        cold: bool = False,
        **variables: str,
    ) -> Running:
        """Start `ballast daily --json`; without `prices` from the default source."""
        source = ["--source", f"files:{prices}"] if prices else []
        arguments = ["daily", "--portfolio", str(portfolio), "--session", str(session), *source, "--json"]
        return self.start([*arguments, *more], cold=cold, **variables)

    def start(self, arguments: Sequence[str], *, cold: bool = False, **variables: str) -> Running:
        """Start a `ballast` command at this desk."""
        given = {"BALLAST_HOME": str(self.home), **self.variables, **variables}
        begin = start_cold if cold else self.driver.start
        return begin(arguments, given, self.folder)

    def run(self, *arguments: str, **variables: str) -> Outcome:
        """A `ballast` command from start to end."""
        return self.start(arguments, **variables).wait()


def market(fall: float, session: date = SESSION) -> pa.Table:
    """Bars of AAA (about 100) and BBB (about 50) up to `session`.

    Returns are seeded and normal, 0.6% a day. On the last day AAA falls by `fall` (a share of the close
    before) and closes where it had closed; with a fall of 0 it is a day like any other.
    """
    days = Calendar("XNYS").window(session, SESSIONS)
    tables = [_fund("AAA", 100.0, days, fall, seed=1), _fund("BBB", 50.0, days, 0.0, seed=2)]
    return pa.concat_tables(tables)


def _fund(symbol: str, level: float, days: Sequence[date], fall: float, seed: int) -> pa.Table:
    returns = np.random.default_rng(seed).normal(0, DAILY_VOLATILITY, len(days))
    closes = level * np.exp(np.cumsum(returns) - returns.sum())
    if fall:
        closes[-1] = closes[-2]
    before = np.r_[closes[0], closes[:-1]]
    low = np.minimum(before, closes) * 0.999
    low[-1] = min(low[-1], before[-1] * (1 - fall))
    return pa.table(
        {
            "symbol": [symbol] * len(days),
            "session": pa.array(days, pa.date32()),
            "open": before,
            "high": np.maximum(before, closes) * 1.001,
            "low": low,
            "close": closes,
            "volume": np.full(len(days), 1_000_000.0),
        }
    )
