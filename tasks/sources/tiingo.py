"""Tiingo's end-of-day prices: https://www.tiingo.com/documentation/end-of-day. Needs BALLAST_TIINGO_TOKEN.

Its symbols of US listings are Yahoo's (SPY, BRK-B); indices (^GSPC), other exchanges and
currency rates (GBPUSD=X) are unknown to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Annotated
from urllib.parse import quote

import httpx
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from config.access import Vendor
from tasks.context.bounds import LARGEST, retry_after
from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery, Request
from tasks.sources._enquiry import (
    EXCERPT,
    Failure,
    Parsed,
    Watch,
    excerpt,
    first_of,
    gather,
    misunderstood,
    throttled,
)
from warehouse.tables.batches import Interval

LOCATED = False
INTERVALS: tuple[Interval, ...] = ("1d",)
VENDOR = Vendor(
    "tiingo", probe="SPY", hosts=("api.tiingo.com",), budget="50/hour,1000/day",
    account="your account (tiingo.com, free)",
)  # fmt: skip
ADDRESS = "https://api.tiingo.com"
CURRENCY = "USD"
RATE = "=X"  # how a symbol ends that is the rate of two currencies
EARLIEST = date(1960, 1, 1)  # before its first price
SPENT = "run over your"  # hourly or daily request allocation, or the month's look-ups of different symbols


class Row(BaseModel):
    """One session as traded; an unknown column is no harm, a missing one is."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    date: datetime
    open: FiniteFloat | None
    high: FiniteFloat | None
    low: FiniteFloat | None
    close: FiniteFloat | None
    volume: FiniteFloat | None
    adjClose: FiniteFloat | None  # noqa: N815 -- the vendor's name
    divCash: Annotated[FiniteFloat, Field(ge=0)]  # noqa: N815 -- the vendor's name
    splitFactor: Annotated[FiniteFloat, Field(gt=0)]  # noqa: N815 -- the vendor's name


class Detail(BaseModel):
    detail: str


_rows = TypeAdapter(list[Row])
_said = TypeAdapter(Detail | str)


def begins(request: Request) -> date | None:  # noqa: ARG001 -- the contract of a source
    """Unknown before asking."""
    return None


def fetch(request: Request) -> Delivery:
    """As `gather` does, from `request.start` to `request.end`."""
    watch = Watch(request.leave)
    token = request.token.get_secret_value() if request.token else ""
    headers = {"Authorization": f"Token {token}"}
    with httpx.Client(base_url=request.location or ADDRESS, headers=headers) as client:
        return gather(request, watch, _Client(client, watch, request).ask)


@dataclass(frozen=True)
class _Client:
    """One connection to Tiingo."""

    client: httpx.Client
    watch: Watch
    request: Request

    def ask(self, symbol: str, deadline: float) -> Parsed:
        """One symbol's history before the deadline on the watch, or Failure."""
        unit = self.request.currencies.get(symbol, CURRENCY)
        if unit != CURRENCY:
            why = f"not asked: Tiingo's prices are in {CURRENCY}, it is declared in {unit}"
            raise Failure("not_understood", why)
        if symbol.endswith(RATE):
            raise Failure("empty", "not asked: Tiingo's end-of-day prices have no currency rates")
        start = self.request.start or EARLIEST
        dates = {"startDate": start.isoformat(), "endDate": self.request.end.isoformat(), "format": "json"}
        self.watch.ask_leave()
        path = f"/tiingo/daily/{quote(symbol, safe='')}/prices"
        until = min(deadline, self.watch.now() + self.request.patience.request)
        try:
            rows = read(*self._get(path, dates, until))
        except httpx.RequestError as error:
            raise Failure("outage", f"Tiingo did not answer ({error or type(error).__name__})") from error
        if not rows:
            raise Failure("empty", "Tiingo has no bars in the range")
        return parse(rows, symbol)

    def _get(self, path: str, dates: dict[str, str], until: float) -> tuple[int, httpx.Headers, str]:
        """Status, headers and body. The client's own limit is one of silence, not of the whole answer."""
        body, left = bytearray(), max(until - self.watch.now(), 0.0)
        with self.client.stream("GET", path, params=dates, timeout=left) as answer:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise httpx.ReadError(f"more than {LARGEST // 2**20} MB came")
                if self.watch.now() > until:
                    raise httpx.ReadTimeout(f"only {len(body)} bytes came in time")
        return answer.status_code, answer.headers, body.decode("utf-8", errors="replace")


def read(status: int, headers: Mapping[str, str], body: str) -> list[Row]:
    """The rows of an answer, or Failure. An error can come with status 200: its words are looked at too."""
    said = _words(body)
    if status == httpx.codes.TOO_MANY_REQUESTS or SPENT in said:
        pause = retry_after(headers.get("Retry-After"), headers.get("Date"))
        raise throttled(status, pause, said)
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise Failure("outage", f"Tiingo refused the token of BALLAST_TIINGO_TOKEN (HTTP {status}: {said})")
    if httpx.codes.is_redirect(status):
        raise misunderstood(status, body, f"leads to {excerpt(headers.get('Location', ''))}, not followed")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Failure("outage", f"Tiingo failed (HTTP {status}: {excerpt(body)})")
    if said.lower().rstrip(".").endswith("not found"):
        raise Failure("delisted", f"Tiingo: {said}")
    try:
        rows = _rows.validate_json(body)
    except ValidationError as error:
        raise misunderstood(status, body, first_of(error)) from error
    if any(row.date.time() != time() for row in rows):
        raise misunderstood(status, body, "a date has a time of day")  # of which day would it be?
    if any(late.date <= soon.date for soon, late in pairwise(rows)):
        raise misunderstood(status, body, "dates don't increase")
    return rows


def _words(body: str) -> str:
    """What an error says, as {"detail": "Error: ..."} or as bare text; empty for anything else."""
    if body.startswith("Error:") or SPENT in body[:EXCERPT]:
        return body.strip()
    try:
        said = _said.validate_json(body)
    except ValidationError:
        return ""
    return said if isinstance(said, str) else said.detail


def parse(rows: list[Row], symbol: str) -> Parsed:
    """Rows as Tiingo tells them: prices, volumes and cash are as traded already.

    A row without a close is no bar; its actions count. `divCash` is per share of its day, on the ex-date, and
    `splitFactor` the new shares for an old one, 1 on any other day.
    """
    bars = [
        {"symbol": symbol, "session": row.date.date()}
        | {name: getattr(row, name) for name in ("open", "high", "low", "close", "volume")}
        for row in rows
        if row.close is not None
    ]
    events = [
        {"symbol": symbol, "ex_date": row.date.date(), "kind": kind, "value": value, "derived": False}
        for row in rows
        for kind, value, nothing in (("split", row.splitFactor, 1.0), ("dividend", row.divCash, 0.0))
        if value != nothing
    ]
    adjusted = [
        {"symbol": symbol, "session": row.date.date(), "adj_close": row.adjClose}
        for row in rows
        if row.close is not None
    ]
    return Parsed(
        pa.Table.from_pylist(bars, BARS),
        pa.Table.from_pylist(events, ACTIONS),
        pa.Table.from_pylist(adjusted, ADJUSTED),
    )
