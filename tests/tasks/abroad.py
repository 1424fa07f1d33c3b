"""A portfolio in dollars on three exchanges, and what it must find, worked out in exact fractions.

The market is made up: seeded walks on each exchange's own sessions, in its own unit. The calculation imports
nothing of ours; see tests/e2e/independent.py for the same of a portfolio in one currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

import exchange_calendars
import numpy as np
import pandas as pd

SESSION = date(2024, 6, 28)
LISTED = {"AAA": ("USD", "XNYS"), "BBB.L": ("GBp", "XLON"), "CCC.T": ("JPY", "XTKS")}
RATES = {"BBB.L": "GBPUSD=X", "CCC.T": "JPYUSD=X"}
LAST = {"AAA": 100.0, "BBB.L": 1259.5, "CCC.T": 3217.0, "GBPUSD=X": 1.2642, "JPYUSD=X": 0.00621543}
HELD = {"AAA": 600, "BBB.L": 1500, "CCC.T": 400}
TARGET = {"AAA": "0.5", "BBB.L": "0.3", "CCC.T": "0.2"}
CASH, BUFFER, OFFSET = Fraction(5000), Fraction("0.01"), Fraction("0.005")
INSTRUMENTS = "".join(
    f'[[instrument]]\nsymbol = "{symbol}"\ncurrency = "{unit}"\ncalendar = "{calendar}"\n'
    for symbol, (unit, calendar) in LISTED.items()
)


def market(session: date = SESSION, years: float = 0.25) -> pd.DataFrame:
    """Rows of a price file up to `session`; at its last one each symbol closes at `LAST`."""
    frames = []
    for number, (symbol, last) in enumerate(LAST.items()):
        calendar = LISTED[symbol][1] if symbol in LISTED else "24/5"
        start = session - timedelta(days=int(365 * years))
        days = exchange_calendars.get_calendar(calendar, start="2015-01-01").sessions_in_range(
            pd.Timestamp(start), pd.Timestamp(session)
        )
        logs = np.cumsum(np.random.default_rng(number).normal(0, 0.008, len(days)))
        close = np.round(last * np.exp(logs - logs[-1]), 8)
        frames.append(
            pd.DataFrame(
                {
                    "symbol": symbol, "session": days.date, "open": close, "high": close * 1.001,
                    "low": close * 0.999, "close": close, "volume": 1_000_000.0, "dividend": 0.0,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def closes(frame: pd.DataFrame, session: date) -> dict[str, Fraction]:
    """The last close of each symbol up to a session, as it is written."""
    past = frame[frame["session"] <= session].groupby("symbol")["close"].last()
    return {symbol: Fraction(str(close)) for symbol, close in past.items()}


def prices(close: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The last closes in dollars: a hundred pence are a pound."""
    rate = {symbol: close.get(RATES.get(symbol, ""), Fraction(1)) for symbol in LISTED}
    return {s: close[s] * rate[s] / (100 if unit == "GBp" else 1) for s, (unit, _) in LISTED.items()}


@dataclass(frozen=True)
class Order:
    """Shares bought (sold: below 0), the limit in the instrument's unit, the notional in dollars."""

    shares: int
    limit: Fraction
    notional: Fraction
    weight_after: Fraction


def value(close: Mapping[str, Fraction]) -> Fraction:
    worth = prices(close)
    return sum((HELD[symbol] * worth[symbol] for symbol in LISTED), CASH)


def orders(close: Mapping[str, Fraction]) -> dict[str, Order]:
    """Sells, then the buys that the cash allows, everything counted in dollars."""
    worth, total = prices(close), value(close)
    wanted = {s: Fraction(TARGET[s]) * total * (1 - BUFFER) / worth[s] - HELD[s] for s in LISTED}
    limit = {s: _limit(close[s], wanted[s] > 0) for s in LISTED}
    in_dollars = {s: limit[s] * worth[s] / close[s] for s in LISTED}
    sells = {s: int(-shares) for s, shares in wanted.items() if shares < 0}
    available = CASH + sum(shares * in_dollars[s] for s, shares in sells.items()) - BUFFER * total
    needed = sum(shares * in_dollars[s] for s, shares in wanted.items() if shares > 0)
    factor = min(Fraction(1), available / needed)
    done = {s: -sells[s] if s in sells else int(shares * factor) for s, shares in wanted.items()}
    return {
        s: Order(n, limit[s], abs(n) * worth[s], (HELD[s] + n) * worth[s] / total) for s, n in done.items()
    }


def _limit(close: Fraction, buys: bool) -> Fraction:
    exact = close * (1 + OFFSET if buys else 1 - OFFSET)
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return Fraction(decimal.quantize(Decimal("0.01"), ROUND_FLOOR if buys else ROUND_CEILING))


def backcast(frame: pd.DataFrame, session: date) -> np.ndarray:
    """Today's weights on the dollar returns between New York's sessions, each exchange at its last close."""
    table = frame.pivot_table(index="session", columns="symbol", values="close").ffill()
    days = sorted(frame.loc[frame["symbol"] == "AAA", "session"])
    dollars = pd.DataFrame({s: table[s] * (table[RATES[s]] if s in RATES else 1.0) for s in LISTED}).loc[days]
    close = closes(frame, session)
    worth, total = prices(close), value(close)
    weights = pd.Series({s: float(HELD[s] * worth[s] / total) for s in LISTED})
    return (dollars.pct_change().dropna() * weights).sum(axis=1).to_numpy()
