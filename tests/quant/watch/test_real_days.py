"""Real minutes: 24 August 2015 is critical within minutes, and December 2019 is silent."""

import numpy as np
import pandas as pd
import pytest

from quant.intraday.bars import Bars
from quant.intraday.seasonality import estimate, flat
from quant.watch.watch import Session, Watch

FUNDS = ("SPY", "AGG", "TLT", "GLD", "VNQ", "DBC", "NUGT", "JDST")
PRICES = ["Open", "High", "Low", "Close"]


def played(watch, frame, minutes):
    """Rows of a session from a table of symbol (column), minute and values, minute after minute."""
    found, parts, none = [], dict(list(frame.groupby("minute"))), frame[:0]
    for number in range(minutes):
        part = parts.get(number, none)
        values = part[[*PRICES, "Volume"]].to_numpy(float).T
        values = np.vstack([values, np.full(len(part), np.nan)])
        watch.offer(Bars(part["symbol"].to_numpy(np.intp), part["minute"].to_numpy(np.intp), values))
        found += watch.step()
    return found + watch.finish()


@pytest.fixture(scope="module")
def emini(shared_data):
    frame = pd.read_csv(shared_data / "intraday" / "emini_sp500_dollar_bars_2015_2016.csv.gz")
    times = pd.to_datetime(frame["date_time"], format="ISO8601")
    frame = frame.rename(columns=str.title).assign(time=times, symbol=0, Volume=1.0)
    return frame.set_index("time").sort_index()


def of_session(frame, day):
    """The New York session of a summer day, minutes from 13:30 UTC, and the close of the day before."""
    opened = pd.Timestamp(f"{day} 13:30")
    session = frame[opened : opened + pd.Timedelta(minutes=389, seconds=59)]
    before = frame[: opened - pd.Timedelta(hours=17, minutes=30)]
    minute = ((session.index - opened).total_seconds() // 60).astype(int)
    return session.assign(minute=minute), float(before["Close"].iloc[-1])


def test_the_fall_of_24_august_2015_is_critical_within_minutes(emini):
    session, close = of_session(emini, "2015-08-24")
    assert close == pytest.approx(1970, abs=10)  # of Friday, 20:00 UTC
    one = np.ones(1)
    known = Session(flat(390), one * close, one * 0.012, one.astype(np.int64), one > 0)
    rows = played(Watch(["ES"], known), session, 30)
    critical = [row for row in rows if row.severity == "critical" and row.change != "resolved"]
    assert critical[0].kind == "market_wide"
    assert critical[0].tests["market_fall"] <= -0.069
    assert critical[0].fired + critical[0].duration <= 5  # the low of 1831 lies in the bar of 13:32


@pytest.mark.parametrize(
    "day",
    ["2016-08-10", *(pytest.param(day, marks=pytest.mark.long) for day in ("2015-07-14", "2016-08-30"))],
)
def test_calm_days_of_the_future_are_silent(emini, day):
    session, close = of_session(emini, day)
    one = np.ones(1)
    known = Session(flat(390), one * close, one * 0.01, one.astype(np.int64), one > 0)
    assert len(session) > 10
    assert played(Watch(["ES"], known), session, 390 if day != "2016-08-10" else 90) == []


@pytest.fixture(scope="module")
def december(shared_data):
    """All bars as delivered, dirty: column of the symbol, New York day, minute from 9:30."""
    frames = []
    for column, symbol in enumerate(FUNDS):
        frame = pd.read_csv(shared_data / "intraday" / f"yahoo_1min_2019_{symbol}.csv.gz")
        times = pd.to_datetime(frame["Datetime"], utc=True).dt.tz_convert("America/New_York")
        minute = times.dt.hour * 60 + times.dt.minute - 570
        frames.append(frame.assign(symbol=column, day=times.dt.date.astype(str), minute=minute))
    return pd.concat(frames)[["symbol", "day", "minute", *PRICES, "Volume"]]


@pytest.mark.parametrize(
    ("first", "last"),
    [("2019-12-17", "2019-12-17"), pytest.param("2019-12-13", "2020-01-17", marks=pytest.mark.long)],
)
def test_the_days_of_december_2019_are_silent(december, first, last):
    days = sorted(december["day"].unique())
    curve, count = december_curve(december, [day for day in days if day != "2019-12-24"]), len(FUNDS)
    nothing, no = np.full(count, np.nan), np.zeros(count, bool)
    watch, told, bars = None, [], 0
    for day in (day for day in days if first <= day <= last):
        length = 210 if day == "2019-12-24" else 390
        known = Session(curve[:length], nothing, nothing, np.ones(count, np.int64), no)
        watch = watch or Watch(FUNDS, known)
        watch.begin(known)
        session = december[(december["day"] == day) & december["minute"].between(0, length - 1)]
        bars += len(session)
        told += played(watch, session, length)
    assert bars > (40_000 if last > first else 1_500)
    assert told == []


def december_curve(december, full):
    """The seasonality of the full sessions, from the bars as they are."""
    grid = december[december["minute"].between(0, 389) & december["day"].isin(full)]
    table = np.full((len(full), 390, len(FUNDS)), np.nan)
    table[grid["day"].map(full.index), grid["minute"], grid["symbol"]] = grid["Close"]
    return estimate(np.diff(np.log(table), axis=1, prepend=np.nan))
