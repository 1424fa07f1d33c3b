"""What Yahoo answers: the session that records it, the shape that is understood, and what a failure means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from curl_cffi.curl import CURL_WRITEFUNC_ERROR
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import RequestException, Timeout
from pydantic import BaseModel, Field, FiniteFloat, ValidationError, model_validator

from quant.errors import VendorError
from quant.market.currency import unit
from tasks.context.bounds import LARGEST, leads_within, retry_after
from tasks.sources._enquiry import (
    Failure,
    Watch,
    excerpt,
    first_of,
    misunderstood,
    throttled,
)
from warehouse.tables.batches import Interval

CHART = "/v8/finance/chart/"
NO_ANSWER = 0
TOO_OLD = "Yahoo has minute bars of the last 30 days only; older ones come from files"
DOMAIN = "yahoo.com"
REDIRECTS = 10


@dataclass(frozen=True)
class Answer:
    """One HTTP answer as it came; status 0 when none came, and `body` then says why."""

    path: str
    status: int
    body: str
    retry_after: float | None = None


class YahooSession(Session[Response]):
    """The client's HTTP session: goes to `base` (empty: Yahoo), keeps a deadline, records answers.

    `watch` gives leave to each request, and tells the time. A refusal is kept in `refused`, because the
    client passes on nothing but errors of its own kind.
    """

    def __init__(self, base: str, longest: float, watch: Watch) -> None:
        super().__init__(impersonate="chrome")  # as yfinance's own session: Yahoo turns plain clients away
        self.base = base.rstrip("/")
        self.longest = longest
        self.watch = watch
        self.refused: Failure | VendorError | None = None
        self.deadline = 0.0
        self.answers: list[Answer] = []

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> Response:
        """Send one request, within `longest` seconds and before the deadline (on the watch)."""
        path = urlsplit(url).path
        try:
            self._ask_leave()
            response = self._follow(method, self._address(url), args, options)
        except RequestException as error:
            why = str(error).partition(". See http")[0]  # curl's advertisement of its manual
            self.answers.append(Answer(path, NO_ANSWER, why))
            raise
        # A consent form ends, through redirects, at the chart that was asked for: the last address counts.
        path = urlsplit(response.url).path or path
        pause = retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
        self.answers.append(Answer(path, response.status_code, response.text, pause))
        return response

    def _follow(self, method: Any, url: str, args: tuple[Any, ...], options: dict[str, Any]) -> Response:
        """The answer at the end of redirects that stay with Yahoo, each within the time that is left."""
        options["allow_redirects"] = False  # libcurl would follow them to any host
        for _ in range(REDIRECTS):
            left = self.deadline - self.watch.now()
            if left <= 0:
                raise Timeout("no time left for this symbol")
            options["timeout"] = min(left, self.longest)
            response = self._bounded(method, url, args, options)
            target = response.redirect_url
            if not target:
                return response
            if not leads_within(target, url, DOMAIN):
                raise RequestException(f"its answer leads to another place, {excerpt(target)}: not followed")
            url = self._address(target)
            if response.status_code not in {307, 308}:  # RFC 9110, 15.4: the others ask anew, with GET
                method = "GET"
                options = {name: value for name, value in options.items() if name not in {"data", "json"}}
            options.pop("params", None)  # the new address has its own
            args = ()
        raise RequestException(f"more than {REDIRECTS} redirects")

    def _bounded(self, method: Any, url: str, args: tuple[Any, ...], options: dict[str, Any]) -> Response:
        """One answer, given up when its unpacked body is larger than anything that is wanted."""
        body, refused = bytearray(), list[int]()

        def take(piece: bytes) -> int:
            if len(body) + len(piece) > LARGEST:
                refused.append(len(piece))
                return int(CURL_WRITEFUNC_ERROR)
            body.extend(piece)
            return len(piece)

        options["content_callback"] = take
        try:
            response = super().request(method, url, *args, **options)
        except RequestException as error:
            if refused:  # libcurl does not say who stopped it
                raise RequestException(f"more than {LARGEST // 2**20} MB came") from error
            raise
        response.content = bytes(body)
        return response

    def _ask_leave(self) -> None:
        try:
            self.watch.ask_leave()
        except (Failure, VendorError) as refusal:
            self.refused = refusal
            raise RequestException(str(refusal)) from refusal

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.base}{parts.path}{query}" if self.base else url


Cells = list[FiniteFloat | None]
Positive = Annotated[FiniteFloat, Field(gt=0)]


class Meta(BaseModel):
    symbol: str
    currency: str | None
    instrumentType: str  # noqa: N815 -- the vendor's name
    exchangeTimezoneName: str  # noqa: N815 -- the vendor's name
    dataGranularity: Interval  # noqa: N815 -- the vendor's name
    firstTradeDate: int | None = None  # noqa: N815 -- the vendor's name


class Quote(BaseModel):
    open: Cells = []
    high: Cells = []
    low: Cells = []
    close: Cells = []
    volume: Cells = []


class AdjustedClose(BaseModel):
    adjclose: Cells = []


class Indicators(BaseModel):
    quote: Annotated[list[Quote], Field(min_length=1)]
    adjclose: Annotated[list[AdjustedClose], Field(min_length=1)] | None = None


class Cash(BaseModel):
    date: int
    amount: FiniteFloat
    currency: str = ""


class Split(BaseModel):
    date: int
    numerator: Positive
    denominator: Positive


class Events(BaseModel):
    dividends: dict[str, Cash] = {}
    capitalGains: dict[str, Cash] = {}  # noqa: N815 -- the vendor's name
    splits: dict[str, Split] = {}


class Result(BaseModel):
    """One symbol's history: every column as long as `timestamp` (seconds since 1970, UTC)."""

    meta: Meta
    timestamp: list[int] = []
    indicators: Indicators
    events: Events = Events()

    @model_validator(mode="after")
    def _columns_have_one_length(self) -> Self:
        quote = self.indicators.quote[0]
        columns = {name: len(getattr(quote, name)) for name in Quote.model_fields}
        if self.indicators.adjclose:
            columns["adjclose"] = len(self.indicators.adjclose[0].adjclose)
        for name, length in columns.items():
            if length != len(self.timestamp):
                raise ValueError(f"{name} has {length} values for {len(self.timestamp)} timestamps")
        return self

    @model_validator(mode="after")
    def _timestamps_are_possible(self) -> Self:
        if any(later <= sooner for sooner, later in zip(self.timestamp, self.timestamp[1:], strict=False)):
            raise ValueError("timestamps don't increase")
        # Only what was listed before 1970 (^GSPC: 1927) can have a time before it.
        if self.timestamp and self.timestamp[0] < min(self.meta.firstTradeDate or 0, 0):
            raise ValueError(f"timestamp {self.timestamp[0]} lies before the first trade")
        return self

    @model_validator(mode="after")
    def _cash_has_the_unit_of_prices(self) -> Self:
        priced = unit(self.meta.currency or "")  # GBX is GBp in another spelling, GBP is not
        for paid in (*self.events.dividends.values(), *self.events.capitalGains.values()):
            if paid.currency and unit(paid.currency) != priced:
                raise ValueError(f"distribution in {paid.currency}, prices in {self.meta.currency}")
        return self


class Reason(BaseModel):
    code: str
    description: str


class Chart(BaseModel):
    result: list[Result] | None = None
    error: Reason | None = None


class Body(BaseModel):
    chart: Chart


def judge(
    answers: Sequence[Answer], ticker: str, currency: str | None = None, interval: Interval = "1d"
) -> Failure | None:
    """What went wrong by the answers seen; None when the last chart has such bars of `ticker`, priced in
    `currency` (None: in any; an answer that tells no currency is believed).

    The client's own exceptions don't tell these apart, so they are not asked: a delisted symbol and an outage
    surface under several names each.
    """
    charts = [answer for answer in answers if answer.path.startswith(CHART)]
    last = (charts or list(answers) or [Answer("", NO_ANSWER, "nothing was asked")])[-1]
    if last.status == NO_ANSWER:
        return Failure("outage", f"Yahoo did not answer ({last.body})")
    if last.status in (429, 999):
        return throttled(last.status, last.retry_after)
    if last.status in (401, 403) or last.status >= 500 or "Will be right back" in last.body:
        return Failure("outage", f"Yahoo refused (HTTP {last.status}: {excerpt(last.body)})")
    return _judge_chart(last, ticker, currency, interval)


def _judge_chart(answer: Answer, ticker: str, currency: str | None, interval: Interval) -> Failure | None:
    try:
        chart = Body.model_validate_json(answer.body).chart
    except ValidationError as error:
        return misunderstood(answer.status, answer.body, first_of(error))
    if chart.error:
        return _judge_reason(answer, chart.error)
    if not chart.result:
        return Failure("empty", "Yahoo knows no history of it")
    given = chart.result[0].meta.dataGranularity
    if given != interval:
        return misunderstood(answer.status, answer.body, f"asked for bars of {interval}, got {given}")
    return _judge_history(answer, chart.result[0], ticker, currency)


def _judge_history(answer: Answer, result: Result, ticker: str, currency: str | None) -> Failure | None:
    if result.meta.symbol.upper() != ticker.upper():
        return misunderstood(answer.status, answer.body, f"asked for {ticker}, got {result.meta.symbol}")
    priced = result.meta.currency
    if currency and priced and unit(priced) != unit(currency):  # GBp, pence, is not GBP
        why = (
            f"priced in {priced}, declared in {currency}: "
            f'set currency = "{priced}" in its [[instrument]] table of the portfolio file'
        )
        return Failure("not_understood", why, answer=answer.body)
    if not result.timestamp:
        return Failure("empty", "Yahoo has no bars in the range")
    return None


def _judge_reason(answer: Answer, reason: Reason) -> Failure:
    if reason.code == "Not Found":
        return Failure("delisted", f"Yahoo: {reason.description}")
    if "must be within the last" in reason.description:
        return Failure("empty", TOO_OLD)
    if reason.description.startswith("Data doesn't exist"):
        return Failure("empty", f"Yahoo: {reason.description}")
    return misunderstood(answer.status, answer.body, f"{reason.code}: {reason.description}")
