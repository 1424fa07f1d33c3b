"""One symbol's minute bars, told and refused the way Yahoo does."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PRICES = ("open", "high", "low", "close")
MOST, OLDEST = timedelta(days=8), timedelta(days=30)
REFUSAL = "1m data not available for startTime={} and endTime={}. {}"


@dataclass(frozen=True)
class Minutes:
    """`rows` by instant: open, high, low, close, volume (None: nobody traded); `now` is its clock.

    `closes` are the closes of half days, local; `splits` are told with the bars from their days on.
    """

    symbol: str
    rows: Iterable[Mapping[str, Any]]
    now: datetime
    closes: Mapping[date, time] = field(default_factory=dict)
    splits: Mapping[datetime, float] = field(default_factory=dict)
    zone: str = "America/New_York"
    hours: tuple[time, time] = (time(9, 30), time(16))

    def answer(self, query: Mapping[str, str]) -> tuple[int, str]:
        """Status and body for period1 ≤ instant < period2."""
        since, until = (int(query[name]) for name in ("period1", "period2"))
        if until - since > MOST.total_seconds():
            return self._refused(since, until, "Only 8 days worth of 1m granularity data are allowed.")
        if since < (self.now - OLDEST).timestamp():
            return self._refused(since, until, "The requested range must be within the last 30 days.")
        told = [row for row in self.rows if since <= row["instant"].timestamp() < until]
        result: dict[str, Any] = {"meta": self._meta(told), "indicators": {"quote": [{}]}}
        if told:
            names = (*PRICES, "volume")
            result["timestamp"] = [int(row["instant"].timestamp()) for row in told]
            result["indicators"] = {"quote": [{name: [row[name] for row in told] for name in names}]}
            result["events"] = {"splits": {str(at): event for at, event in self._splits(since, until)}}
        return 200, json.dumps({"chart": {"result": [result], "error": None}})

    def _splits(self, since: int, until: int) -> list[tuple[int, dict[str, float]]]:
        found = [(int(moment.timestamp()), ratio) for moment, ratio in self.splits.items()]
        return [
            (at, {"date": at, "numerator": ratio, "denominator": 1.0})
            for at, ratio in found
            if since <= at < until
        ]

    def _refused(self, since: int, until: int, why: str) -> tuple[int, str]:
        error = {"code": "Unprocessable Entity", "description": REFUSAL.format(since, until, why)}
        return 422, json.dumps({"chart": {"result": None, "error": error}})

    def _meta(self, told: list[Mapping[str, Any]]) -> dict[str, Any]:
        zone = ZoneInfo(self.zone)
        days = sorted({row["instant"].astimezone(zone).date() for row in told})
        periods = [
            {
                "timezone": "EST", "gmtoffset": -18000,
                "start": int(datetime.combine(day, self.hours[0], zone).timestamp()),
                "end": int(datetime.combine(day, self.closes.get(day, self.hours[1]), zone).timestamp()),
            }
            for day in days
        ]  # fmt: skip
        return {
            "currency": "USD", "symbol": self.symbol, "instrumentType": "ETF",
            "exchangeTimezoneName": self.zone,
            "regularMarketTime": int(self.now.timestamp()), "dataGranularity": "1m", "validRanges": ["1d"],
            **({"tradingPeriods": [[period] for period in periods]} if periods else {}),
        }  # fmt: skip
