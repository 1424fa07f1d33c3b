"""How often the range shock alerts: on 21 real funds, and on the S&P 500 around 6 May 2010."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
from arch.data import sp500

from benchmarks._chart import COLOURS, Plot, Stem, draw
from benchmarks._funds import funds
from benchmarks._market import generate, weekdays
from benchmarks._sheet import Sheet, Table
from quant.market.adjust import build, derive_distributions
from quant.market.panel import Days, Floats, Panel
from quant.market.returns import fill_forward, previous
from quant.signals import Alert
from quant.signals.range_shock import Parameters, compute, lookback
from quant.signals.range_shock import measure as measure_fall

PAGE = "range-shock.md"
PARAMETERS = Parameters()
YEAR = 252  # sessions
CRASH = np.datetime64("2010-05-06")
SPRING = slice(np.datetime64("2010-04-12"), np.datetime64("2010-06-11"))
WORST_DAYS = 15

ABOUT = f"""When a market falls sharply within the day and recovers by the close, closing prices do not show
it. The range shock therefore looks at the low:

- fall = low ÷ previous adjusted close − 1;
- z = fall ÷ the daily EWMA volatility through the previous session.

The alert is:

- a **warning** when z < {PARAMETERS.warning_z:g} and the fall is at least {-PARAMETERS.warning_fall:.0%};
- **critical** when z < {PARAMETERS.critical_z:g} and the fall is at least {-PARAMETERS.critical_fall:.0%};
- **critical** when the fall is at least {-PARAMETERS.crash_fall:.0%}, at any z.

The alert states how much of the fall was recovered by the close. No recovery is required. It is a message
of its own, sent before the digest."""

PICTURE = "![The S&P 500 in spring 2010, and its alerts from 1999 to 2018](range-shock.svg)"


@dataclass(frozen=True)
class History:
    """As-traded bars and distributions, (sessions, symbols), as in `quant.market.adjust.build`."""

    sessions: Days
    symbols: tuple[str, ...]
    bars: dict[str, Floats]
    distributions: Floats

    def panel(self, row: int) -> Panel:
        """What the signal sees on the session in `row`: nothing after it."""
        cut = slice(max(row + 1 - lookback(PARAMETERS), 0), row + 1)
        bars = {name: values[cut] for name, values in self.bars.items()}
        distributions = self.distributions[cut]
        ones = np.ones(distributions.shape)
        return build(self.sessions[cut], self.symbols, **bars, splits=ones, distributions=distributions)

    def falls(self) -> Floats:
        """The lowest known price ÷ previous close - 1, as traded: never less deep than the adjusted fall."""
        lowest = np.fmin(self.bars["low"], self.bars["close"])
        return lowest / previous(fill_forward(self.bars["close"])) - 1


def measure(*, quick: bool) -> Sheet:
    """The counts on the funds (quick: on a generated market), and the picture of the S&P 500."""
    funds = _generated() if quick else _funds()
    alerts = list(_alerts(funds))
    index = _index()
    crash = next(alert for alert in _alerts(index, only=CRASH))
    bars = np.count_nonzero(~np.isnan(funds.bars["close"]))
    counted = f"""On {len(funds.symbols)} US exchange-traded funds from {funds.sessions[0]} to
{funds.sessions[-1]} ({bars:,} daily bars), as the vendor delivered them, before any data check:"""
    return Sheet(
        "What it is, and how often it alerts",
        [
            ABOUT,
            PICTURE,
            f"On 2010-05-06, {crash.severity}: {crash.detail}.",
            counted,
            _by_symbol(funds, alerts),
            f"The {WORST_DAYS} days with the most alerts:",
            _by_day(funds, alerts),
        ],
        {"range-shock.svg": _picture(index)},
    )


def _alerts(history: History, only: np.datetime64 | None = None) -> Iterator[Alert]:
    """Every alert, or those of one session. Only days with a fall deep enough for a warning are computed."""
    deep = (history.falls() <= PARAMETERS.warning_fall).any(axis=1)
    for row in np.flatnonzero(deep & (history.sessions == only if only else True)).tolist():
        for reading in compute(history.panel(row), PARAMETERS):
            if reading.alert is not None:
                yield reading.alert


def _by_symbol(history: History, alerts: Sequence[Alert]) -> Table:
    counts = Counter((alert.symbol, alert.severity) for alert in alerts)
    traded = ~np.isnan(history.bars["close"])
    rows = []
    for column, symbol in enumerate(history.symbols):
        first = history.sessions[np.argmax(traded[:, column])]
        both = counts[symbol, "warning"], counts[symbol, "critical"]
        rows.append(_rates(symbol, str(first), traded[:, column].sum() / YEAR, *both))
    of = Counter(alert.severity for alert in alerts)
    rows.append(_rates("**all**", "", traded.sum() / YEAR, of["warning"], of["critical"]))
    columns = ("symbol", "from", ">years", ">warnings", ">critical", ">warnings a year", ">critical a year")
    return Table(columns, rows)


def _rates(name: str, first: str, years: float, warnings: int, critical: int) -> tuple[str, ...]:
    rates = f"{warnings / years:.2f}", f"{critical / years:.2f}"
    return name, first, f"{years:.1f}", str(warnings), str(critical), *rates


def _by_day(history: History, alerts: Sequence[Alert]) -> Table:
    traded = dict(
        zip(history.sessions.astype(str), (~np.isnan(history.bars["close"])).sum(axis=1), strict=True)
    )
    days = {day: list(found) for day, found in groupby(alerts, key=lambda alert: alert.at)}
    rows = []
    for day in sorted(days, key=lambda day: (-len(days[day]), day))[:WORST_DAYS]:
        deepest = min(days[day], key=lambda alert: alert.move)
        critical = sum(alert.severity == "critical" for alert in days[day])
        share = f"{len(days[day])} of {traded[day]}"
        rows.append((day, share, str(critical), f"{deepest.symbol} {deepest.move:.1%}"))
    return Table(("session", ">symbols with an alert", ">critical", ">deepest fall"), rows)


def _funds() -> History:
    """The real funds; their prices are split-adjusted, and distributions come from the adjusted closes."""
    return _history(funds())


def _generated() -> History:
    bars = generate([f"FUND{number}" for number in range(3)], weekdays(2 * YEAR), seed=2).bars
    return _history(bars.append_column("adj_close", bars["close"]))


def _index() -> History:
    prices = sp500.load()
    columns = {"open": "Open", "high": "High", "low": "Low", "close": "Close", "volume": "Volume"}
    bars = {name: prices[own].to_numpy(dtype=float)[:, None] for name, own in columns.items()}
    sessions = prices.index.to_numpy().astype("datetime64[D]")
    return History(sessions, ("S&P 500",), bars, np.zeros((len(sessions), 1)))


def _history(table: pa.Table) -> History:
    symbols, column = np.unique(table["symbol"].to_numpy().astype(str), return_inverse=True)
    sessions, row = np.unique(table["session"].to_numpy().astype("datetime64[D]"), return_inverse=True)
    grids = {}
    for name in ("open", "high", "low", "close", "volume", "adj_close"):
        grids[name] = np.full((len(sessions), len(symbols)), np.nan)
        grids[name][row, column] = table[name].to_numpy()
    paid = derive_distributions(grids["close"], grids.pop("adj_close"))
    # Below 0 is the vendor's error, which the checks reject.
    return History(sessions, tuple(symbols.tolist()), grids, np.maximum(paid, 0.0))


def _picture(index: History) -> str:
    """Spring 2010 with the bands that the falls are measured by, and twenty years of alerts."""
    severity = {alert.at: alert.severity for alert in _alerts(index)}
    falls, close = index.falls()[:, 0], index.bars["close"][:, 0]
    kinds = [severity.get(str(day), "none") for day in index.sessions]
    first, last = np.searchsorted(index.sessions, [SPRING.start, SPRING.stop])
    spring = range(int(first), int(last) + 1)
    stems = [Stem(row, min(falls[row], 0), kinds[row], close[row] / close[row - 1] - 1) for row in spring]
    bands = [(row, *_bands(index.panel(row))) for row in spring]
    days = [(row, str(index.sessions[row])[5:]) for row in spring[::5]]
    plots = [
        Plot(
            "S&P 500, spring 2010: fall to the low (stem) and to the close (dot), with both bands (dashed)",
            stems, days, -0.10, thickness=9,
            bands={
                "warning": [(row, warning) for row, warning, _ in bands],
                "critical": [(row, critical) for row, _, critical in bands],
            },
        ),
        Plot(
            "S&P 500, 1999 to 2018: fall from the previous close to the low, where 1% or more",
            [Stem(0, 0), *_deep(falls, kinds), Stem(len(falls) - 1, 0)],
            _years(index.sessions), -0.10,
        ),
    ]  # fmt: skip
    legend = [
        ("no alert", COLOURS["none"]),
        ("warning", COLOURS["warning"]),
        ("critical", COLOURS["critical"]),
    ]
    return draw(plots, legend)


def _bands(panel: Panel) -> tuple[float, float]:
    """How deep the session's low had to fall for a warning and for a critical alert."""
    fall = measure_fall(panel, PARAMETERS)
    sigma = float(fall.size[0] / fall.z[0])
    warning = min(PARAMETERS.warning_z * sigma, PARAMETERS.warning_fall)
    shock = min(PARAMETERS.critical_z * sigma, PARAMETERS.critical_fall)
    return warning, max(shock, PARAMETERS.crash_fall)


def _deep(falls: Floats, kinds: Sequence[str]) -> list[Stem]:
    return [Stem(row, falls[row], kinds[row]) for row in np.flatnonzero(falls <= -0.01).tolist()]


def _years(sessions: Days) -> list[tuple[float, str]]:
    years = range(2000, 2019, 2)
    return [(float(np.searchsorted(sessions, np.datetime64(f"{year}-01-01"))), str(year)) for year in years]
