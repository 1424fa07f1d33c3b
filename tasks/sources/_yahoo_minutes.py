"""Minute bars as Yahoo tells them: which requests they take, and the splits that they count."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from quant.market.panel import Days, Floats
from tasks.sources import MINUTES
from tasks.sources._enquiry import Parsed
from tasks.sources._splits import later_splits, standing

DAY, WEEK = timedelta(days=1), timedelta(days=7)
"""Of one request: Yahoo refuses more than 8 days, and one that begins more than 30 days ago."""
PRICES = ["Open", "High", "Low", "Close"]


def windows(since: datetime, until: datetime, longest: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """The requests, newest first, into which a stretch of time is divided."""
    while since < until:
        begin = max(since, until - longest)
        yield begin, until
        until = begin


def parse_minutes(frame: pd.DataFrame, daily: pd.DataFrame | None, symbol: str) -> Parsed:
    """The minutes of `frame`, the client's, without its rows that have no price; as traded.

    `daily` is the daily history from the first of these days to now; None where no split can have come since.
    """
    frame = frame[frame[PRICES].notna().any(axis=1)]
    local = pd.DatetimeIndex(frame.index)
    factor = np.ones(len(frame))
    if daily is not None:
        days = local.tz_localize(None).to_numpy().astype("datetime64[D]")
        factor = _uncounted(days, frame["Close"].to_numpy(float), daily)
    split = frame["Stock Splits"].to_numpy(float)
    columns = {name.lower(): frame[name].to_numpy(float) * factor for name in PRICES}
    columns["volume"] = frame["Volume"].to_numpy(float) / factor
    columns["split"] = np.where(split > 0, split, np.nan)
    instant = local.tz_convert("UTC").as_unit("us")
    bars = pd.DataFrame({"symbol": symbol, "instant": instant, **columns})
    return Parsed(pa.Table.from_pandas(bars, MINUTES, preserve_index=False))


def _uncounted(days: Days, closes: Floats, daily: pd.DataFrame) -> Floats:
    """What makes a price of each minute one as traded: the later splits, on days whose minutes count them.

    `days` has the day of each minute. Minutes do not count the splits if their last close is nearer to the
    daily close in shares of its day than to that close itself, which counts them.
    """
    known = pd.DatetimeIndex(daily.index).tz_localize(None).to_numpy().astype("datetime64[D]")
    opens, daily_closes = (daily[name].to_numpy(float) for name in ("Open", "Close"))
    ratios = daily["Stock Splits"].fillna(0.0).to_numpy(float)
    split = np.flatnonzero(ratios > 0)
    counted = split[standing(known, opens, daily_closes, known[split], ratios[split]).counted]
    last = pd.Series(closes, days).groupby(level=0).last()
    later = later_splits(last.index.to_numpy(), known[counted], ratios[counted])
    off = np.log(last / pd.Series(daily_closes, known).reindex(last.index)).to_numpy()
    as_traded = np.abs(off - np.log(later)) < np.abs(off)
    return np.where(as_traded, 1.0, later)[np.searchsorted(last.index.to_numpy(), days)]
