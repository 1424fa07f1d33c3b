"""Yahoo Finance, through the yfinance client. No key is needed; symbols are Yahoo's (SPY, ^GSPC, BTC-USD)."""

import os
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import yfinance as yf
from yfinance.data import YfData

from config.access import Vendor
from tasks.sources import ACTIONS, ADJUSTED, AHEAD, BARS, Delivery, Request
from tasks.sources._enquiry import Failure, Parsed, Watch, gather, misunderstood
from tasks.sources._gains import apart
from tasks.sources._splits import later_splits, standing
from tasks.sources._yahoo import TOO_OLD, YahooSession, judge
from tasks.sources._yahoo_minutes import DAY, PRICES, WEEK, parse_minutes, windows
from tasks.sources._yahoo_stream import YahooStream
from warehouse.tables.batches import Interval

LOCATED = False
INTERVALS: tuple[Interval, ...] = ("1d", "1m")
VENDOR = Vendor(
    "yahoo", probe="SPY", budget="60/minute", stream="wss://streamer.finance.yahoo.com/?version=2"
)
_ALONE = threading.Lock()
CASH = {"Dividends": "dividend", "Capital Gains": "capital_gain"}


def begins(request: Request) -> date | None:  # noqa: ARG001 -- the contract of a source
    """Unknown before asking; Yahoo reports a symbol without bars in the range as `empty`."""
    return None


def stream(address: str, symbols: Sequence[str], now: Callable[[], datetime]) -> YahooStream:
    """Yahoo's stream of trades; it is connected as soon as it can be."""
    return YahooStream(address, symbols, now)


def fetch(request: Request) -> Delivery:
    """As `gather` does: days from `request.start` to `request.end`, or minutes.

    One symbol at a time: the client shares one cookie and crumb among all threads and swaps them on any
    error, so in threads one symbol's failure becomes another's, and answers could not be told apart.
    """
    yf.config.debug.hide_exceptions = False  # otherwise every failure is an empty frame
    # A folder that cannot exist is the client's own way of keeping no cache on disk: none in the user's home,
    # no database that two processes would fight over.
    yf.set_tz_cache_location(os.devnull)
    watch = Watch(request.leave)
    with _ALONE, YahooSession(request.location, request.patience.request, watch) as session:

        def ask(symbol: str, deadline: float) -> Parsed:
            session.deadline = deadline
            asked = _Asked(session, request, symbol)
            return asked.days() if request.interval == "1d" else asked.minutes()

        return gather(request, watch, ask)


@dataclass(frozen=True)
class _Asked:
    """One symbol, asked for on one session before its deadline; what fails is a Failure."""

    session: YahooSession
    request: Request
    symbol: str

    @cached_property
    def ticker(self) -> yf.Ticker:
        """The client's own; it asks already where the symbol looks like an ISIN."""
        return yf.Ticker(self.symbol, session=self.session)

    def days(self) -> Parsed:
        """Its daily history."""
        parsed = parse(self._daily(), self.symbol, self.request.end)
        if not parsed.bars.num_rows:
            raise Failure("empty", f"Yahoo has no bars up to {self.request.end}")
        return parsed

    def minutes(self) -> Parsed:
        """Its minute bars; a part of the time without any is no failure."""
        empty: list[Failure] = []
        frames = self._minutes(self.request.since, self.request.until, WEEK, empty)
        if not frames:
            raise empty[0]
        traded = self.ticker.history_metadata.get("regularMarketTime")
        gone_on = traded is None or traded.date() > self.request.end
        return parse_minutes(pd.concat(frames), self._daily() if gone_on else None, self.symbol)

    def _minutes(
        self, since: datetime, until: datetime, longest: timedelta, empty: list[Failure]
    ) -> list[pd.DataFrame]:
        """What there is, oldest first, by requests of at most `longest`; `empty` is told why there is none.

        A week that is too old, perhaps only in part, is asked for day by day; before it nothing is.
        """
        frames: list[pd.DataFrame] = []
        for begin, end in windows(since, until, longest):
            try:
                frames.insert(0, self._history("1m", begin, end))
            except Failure as failure:
                if failure.kind != "empty":
                    raise
                empty.append(failure)
                if failure.error == TOO_OLD:
                    return [*(self._minutes(begin, end, DAY, empty) if longest > DAY else ()), *frames]
        return frames

    def _daily(self) -> pd.DataFrame:
        """To now, whatever the last session wanted: prices are adjusted for every split up to now."""
        return self._history("1d", self.request.start, None)

    def _history(self, interval: Interval, start: date | None, end: datetime | None) -> pd.DataFrame:
        """What the client makes of Yahoo's answer, or Failure."""
        YfData.cache_get.cache_clear()  # it keeps failures too: without this a second try asks nobody
        self.session.answers.clear()
        self.session.refused = None
        unit = self.request.currencies.get(self.symbol)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the client's own, on every call
                frame = _frame(self.ticker, interval, start, end, self.request.patience.request)
        except Exception as error:  # the client raises anything; the answers seen decide what it means
            failure = self.session.refused or judge(self.session.answers, self.symbol, unit, interval)
            if failure:
                raise failure from error
            last = self.session.answers[-1]
            raise misunderstood(last.status, last.body, repr(error)) from error
        failure = self.session.refused or judge(self.session.answers, self.ticker.ticker, unit, interval)
        if failure:
            raise failure
        return frame


def _frame(
    ticker: yf.Ticker, interval: Interval, start: date | None, end: datetime | None, timeout: float
) -> pd.DataFrame:
    """Every argument is given, because the client's defaults have changed between releases."""
    frame: pd.DataFrame = ticker.history(
        period="max" if start is None else None,
        interval=interval,
        start=start,
        end=end,
        prepost=False,
        actions=True,
        auto_adjust=False,
        back_adjust=False,
        repair=False,
        keepna=True,
        rounding=False,
        timeout=timeout,
    )
    return frame


def parse(frame: pd.DataFrame, symbol: str, end: date) -> Parsed:
    """Undo the splits in Yahoo's history, up to and including `end`.

    `frame` is the client's daily history up to the moment of the fetch, indexed in the exchange's time zone,
    one row per session; prices, volumes and dividends are adjusted for every split in it, but for one that
    is announced before the prices count it. A row without any price is a placeholder (a holiday, or an event
    on a day without a bar): its actions count, but it is no bar. Missing values become NULL; a missing volume
    arrives from the client as 0. Yahoo's dividends contain the capital gains beside them, where the price
    does not say otherwise: they are told apart.
    """
    days = pd.DatetimeIndex(frame.index).tz_localize(None).to_numpy().astype("datetime64[D]")
    ratios = _events(frame, "Stock Splits")
    known = days <= np.datetime64(end)
    split = np.flatnonzero(ratios > 0)
    opens, closes = (frame[name].to_numpy(float) for name in ("Open", "Close"))
    found = standing(days, opens, closes, days[split], ratios[split])
    # Up to the session, what older rows do not count is for the checks to find; a later split they never see.
    undone = split[found.counted | known[split]]
    ahead = split[found.ahead]
    factor = later_splits(days, days[undone], ratios[undone])
    traded = known & frame[PRICES].notna().any(axis=1).to_numpy()

    columns = {name.lower(): frame[name].to_numpy(float) * factor for name in PRICES}
    columns["volume"] = frame["Volume"].to_numpy(float) / factor
    bars = pd.DataFrame({"symbol": symbol, "session": days, **columns})[traded]
    actions = [_actions(days, "split", ratios, known)]
    actions += [
        _actions(days, kind, _events(frame, name) * factor, known)
        for name, kind in CASH.items()
        if name in frame
    ]
    adjusted = pd.DataFrame(
        {"symbol": symbol, "session": days, "adj_close": frame["Adj Close"].to_numpy(float)}
    )
    coming = pd.DataFrame({"symbol": symbol, "ex_date": days[ahead], "ratio": ratios[ahead]})
    traded_bars, announced, adjusted_closes, splits_ahead = (
        pa.Table.from_pandas(frame, schema, preserve_index=False)
        for frame, schema in (
            (bars, BARS), (pd.concat(actions).assign(symbol=symbol), ACTIONS),
            (adjusted[traded], ADJUSTED), (coming, AHEAD),
        )
    )  # fmt: skip
    return Parsed(traded_bars, apart(traded_bars, announced, contained=True), adjusted_closes, splits_ahead)


def _events(frame: pd.DataFrame, name: str) -> np.ndarray:
    """0 where nothing happened; the client leaves NaN on a placeholder row that stands for another event."""
    return frame[name].fillna(0.0).to_numpy(float)


def _actions(days: np.ndarray, kind: str, values: np.ndarray, known: np.ndarray) -> pd.DataFrame:
    happened = known & (values != 0)
    return pd.DataFrame(
        {"ex_date": days[happened], "kind": kind, "value": values[happened], "derived": False},
    )
