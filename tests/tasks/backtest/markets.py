"""A made-up market of three symbols with distributions and a split, stored in a desk's warehouse."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from config import portfolio_file
from config.calendars import Calendar
from flows.backfill_run import backfill
from tasks.backtest.question import Asked
from tasks.backtest.read import read
from tests.tasks.desk import SESSION, Desk, sessions

COUNT = 1100
MOVES = {"AAA": 0.016, "BBB": 0.006, "CCC": 0.011}
"""The daily volatility of each."""


def wandering(count: int = COUNT, seed: int = 7, last: date = SESSION) -> pd.DataFrame:
    """Random prices; AAA splits 2:1 two hundred sessions before the end, BBB pays every 63 sessions."""
    random, days = np.random.default_rng(seed), sessions(count, last)
    frames = []
    for symbol, sigma in MOVES.items():
        moves = random.normal(0.0004, sigma, count)
        close = np.round(100 * np.exp(np.cumsum(moves)), 2)
        opened = np.round(close * np.exp(random.normal(0, sigma / 3, count)), 2)
        high = np.round(np.maximum(opened, close) * (1 + np.abs(random.normal(0, sigma / 4, count))), 2)
        low = np.round(np.minimum(opened, close) * (1 - np.abs(random.normal(0, sigma / 4, count))), 2)
        frame = pd.DataFrame({
            "symbol": symbol, "session": days, "open": opened, "high": high, "low": low, "close": close,
            "volume": random.integers(100_000, 900_000, count).astype(float), "dividend": 0.0, "split": 0.0,
        })  # fmt: skip
        if symbol == "BBB":
            frame.loc[frame.index % 63 == 40, "dividend"] = 0.7
        if symbol == "AAA":
            place = count - 200
            frame.loc[frame.index >= place, ["open", "high", "low", "close"]] /= 2
            frame[["open", "high", "low", "close"]] = frame[["open", "high", "low", "close"]].round(2)
            frame.loc[place, "split"] = 2.0
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def abroad() -> pd.DataFrame:
    """The same with BBB in pence, on London's sessions, and the pound's rate on every weekday."""
    frame, random = wandering(), np.random.default_rng(3)
    first = frame["session"].min()
    london = Calendar("XLON").sessions(first, SESSION)
    week = [day.date() for day in pd.bdate_range(first, SESSION)]
    own = {
        "BBB": (london, np.round(500 * np.exp(np.cumsum(random.normal(0.0002, 0.008, len(london)))), 2)),
        "GBPUSD=X": (week, np.round(1.25 * np.exp(np.cumsum(random.normal(0, 0.004, len(week)))), 5)),
    }
    frames = [frame[frame["symbol"] != "BBB"]]
    for symbol, (days, close) in own.items():
        frames.append(pd.DataFrame({
            "symbol": symbol, "session": days, "open": close, "high": close * 1.002, "low": close * 0.998,
            "close": close, "volume": 500_000.0, "dividend": 0.0, "split": 0.0,
        }))  # fmt: skip
    frames[1].loc[frames[1].index % 70 == 30, "dividend"] = 3.0
    return pd.concat(frames, ignore_index=True)


def stored(desk: Desk, frame: pd.DataFrame, file: Path | None = None) -> str:
    """All rows of a portfolio's symbols in the desk's warehouse; the source that they are of."""
    source = desk.prices(frame)
    file = file or desk.portfolio(name="all")
    desk.order(file, source)
    backfill(desk.context(), str(file), frame["session"].min(), SESSION, source)
    return source


def market_of(desk: Desk, file, source: str, start: date, end: date = SESSION):
    """What a backtest of a portfolio file knows, and the portfolio without holdings."""
    portfolio = portfolio_file.load(str(file), desk.home)
    portfolio = portfolio.model_copy(update={"lots": (), "cash": 0.0})
    return read(desk.context(), portfolio, Asked(str(file), start, end, source=source)), portfolio
