"""Yahoo Finance, through the yfinance client. No key is needed; symbols are Yahoo's (SPY, ^GSPC, BTC-USD)."""

import os
import time
import warnings
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import tenacity
import yfinance as yf
from yfinance.data import YfData

from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery, Request, SymbolError
from tasks.sources._digest import digest
from tasks.sources._splits import later_splits
from tasks.sources._yahoo import TRANSIENT, Failure, YahooSession, judge, misunderstood

LOCATED = False
PRICES = ["Open", "High", "Low", "Close"]
CASH = {"Dividends": "dividend", "Capital Gains": "capital_gain"}


@dataclass(frozen=True)
class Patience:
    """How long a failing vendor is waited for; times in seconds.

    A symbol that failed for a reason that can pass is asked `tries` times, with doubling waits from
    `first_wait`; a pause that the vendor asks for is kept, unless it is longer than `longest_wait`. No
    request lasts longer than `request`, no symbol longer than `symbol`. When `in_a_row` symbols have failed
    so, one after the other, the next ones are asked once; when that has cost `total`, they are not asked.
    """

    tries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 10.0
    request: float = 10.0
    symbol: float = 20.0
    in_a_row: int = 3
    total: float = 60.0


DEFAULT = Patience()


@dataclass(frozen=True)
class Parsed:
    """One symbol's history, as traded: tables of the schemas BARS, ACTIONS and ADJUSTED."""

    bars: pa.Table
    actions: pa.Table
    adjusted: pa.Table


def begins(request: Request) -> date | None:  # noqa: ARG001 -- the contract of a source
    """Unknown before asking; Yahoo reports a symbol without bars in the range as `empty`."""
    return None


def fetch(request: Request, patience: Patience = DEFAULT) -> Delivery:
    """Ask for one symbol after the other; what fails is reported per symbol and never raised.

    One at a time: the client shares one cookie and crumb among all threads and swaps them on any error, so
    in threads one symbol's failure becomes another's, and answers could not be told apart by symbol.
    """
    yf.config.debug.hide_exceptions = False  # otherwise every failure is an empty frame
    # A folder that cannot exist is the client's own way of keeping no cache on disk: none in the user's home,
    # no database that two processes would fight over.
    yf.set_tz_cache_location(os.devnull)
    parsed: list[Parsed] = []
    errors: list[SymbolError] = []
    with YahooSession(request.location, patience.request) as session:
        enquiry = _Enquiry(session, request, patience)
        for number, symbol in enumerate(request.symbols, start=1):
            try:
                parsed.append(enquiry.history(symbol))
            except Failure as failure:
                errors.append(SymbolError(symbol, failure.kind, failure.error, failure.answer))
            request.progress(number, len(request.symbols), symbol)
    bars = pa.concat_tables([BARS.empty_table(), *(one.bars for one in parsed)])
    actions = pa.concat_tables([ACTIONS.empty_table(), *(one.actions for one in parsed)])
    adjusted = pa.concat_tables([ADJUSTED.empty_table(), *(one.adjusted for one in parsed)])
    return Delivery(bars, actions, adjusted, tuple(errors), digest(bars, actions, adjusted))


class _Enquiry:
    """One fetch, which loses its patience when the vendor as a whole is failing."""

    def __init__(self, session: YahooSession, request: Request, patience: Patience) -> None:
        self.session = session
        self.request = request
        self.patience = patience
        self.failed: list[Failure] = []  # in a row, for reasons that can pass
        self.lost = 0.0  # seconds, on them

    def history(self, symbol: str) -> Parsed:
        """One symbol's history, or Failure."""
        left = self.patience.total - self.lost
        if left <= 0:
            last = self.failed[-1]
            why = f"not asked: {len(self.failed)} symbols before it failed, the last one with: {last.error}"
            raise Failure(last.kind, why)
        began = time.monotonic()
        limit = min(self.patience.symbol, left)
        self.session.deadline = began + limit
        try:
            parsed = self._tries(limit)(self._ask, symbol)
        except Failure as failure:
            self._note(failure, time.monotonic() - began)
            raise
        self.failed, self.lost = [], 0.0
        return parsed

    def _note(self, failure: Failure, seconds: float) -> None:
        if failure.kind in TRANSIENT:
            self.failed.append(failure)
            self.lost += seconds
        else:  # the vendor works: it had an answer about this symbol
            self.failed, self.lost = [], 0.0

    def _tries(self, limit: float) -> tenacity.Retrying:
        tries = self.patience.tries if len(self.failed) < self.patience.in_a_row else 1
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._can_pass),
            stop=tenacity.stop_after_attempt(tries) | tenacity.stop_before_delay(limit),
            wait=self._wait,
            reraise=True,
        )

    def _can_pass(self, error: BaseException) -> bool:
        if not isinstance(error, Failure) or error.kind not in TRANSIENT:
            return False
        return (error.retry_after or 0.0) <= self.patience.longest_wait

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Failure) and error.retry_after is not None:
            return error.retry_after
        return min(self.patience.first_wait * 2.0 ** (state.attempt_number - 1), self.patience.longest_wait)

    def _ask(self, symbol: str) -> Parsed:
        YfData.cache_get.cache_clear()  # it keeps failures too: without this a second try asks nobody
        self.session.answers.clear()
        try:
            ticker = yf.Ticker(symbol, session=self.session)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the client's own, on every call
                frame = _history(ticker, self.request.start, self.patience.request)
        except Exception as error:  # the client raises anything; the answers seen decide what it means
            failure = judge(self.session.answers, symbol, self.request.currency)
            raise failure or misunderstood(self.session.answers[-1], repr(error)) from error
        failure = judge(self.session.answers, ticker.ticker, self.request.currency)
        if failure:
            raise failure
        parsed = parse(frame, symbol, self.request.end)
        if not parsed.bars.num_rows:
            raise Failure("empty", f"Yahoo has no bars up to {self.request.end}")
        return parsed


def _history(ticker: yf.Ticker, start: date | None, timeout: float) -> pd.DataFrame:
    """From `start` to now, whatever the last session wanted: prices are adjusted for every split up to now.

    Every argument is given, because the client's defaults have changed between releases.
    """
    frame: pd.DataFrame = ticker.history(
        period="max" if start is None else None,
        interval="1d",
        start=start,
        end=None,
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
    one row per session; prices, volumes and dividends are adjusted for every split in it. A row without any
    price is a placeholder (a holiday, or an event on a day without a bar): its actions count, but it is no
    bar. Missing values become NULL; a missing volume arrives from the client as 0.
    """
    days = pd.DatetimeIndex(frame.index).tz_localize(None).to_numpy().astype("datetime64[D]")
    ratios = _events(frame, "Stock Splits")
    split = ratios != 0
    factor = later_splits(days, days[split], ratios[split])
    known = days <= np.datetime64(end)
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
    return Parsed(
        pa.Table.from_pandas(bars, BARS, preserve_index=False),
        pa.Table.from_pandas(pd.concat(actions).assign(symbol=symbol), ACTIONS, preserve_index=False),
        pa.Table.from_pandas(adjusted[traded], ADJUSTED, preserve_index=False),
    )


def _events(frame: pd.DataFrame, name: str) -> np.ndarray:
    """0 where nothing happened; the client leaves NaN on a placeholder row that stands for another event."""
    return frame[name].fillna(0.0).to_numpy(float)


def _actions(days: np.ndarray, kind: str, values: np.ndarray, known: np.ndarray) -> pd.DataFrame:
    happened = known & (values != 0)
    return pd.DataFrame(
        {"ex_date": days[happened], "kind": kind, "value": values[happened], "derived": False},
    )
