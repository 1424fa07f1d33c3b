"""A local server that speaks Yahoo Finance's protocol: recorded answers, made-up histories, scripted faults.

    with Yahoo() as yahoo:
        yahoo.replay("AAPL", body)              # a recorded chart answer, whatever is asked
        yahoo.serve("SPY", bars)                # as-traded bars, answered as Yahoo does
        yahoo.minutes["SPY"] = Minutes(...)     # its minute bars
        yahoo.fail("AGG", "delisted")           # a named fault, or Fault(...); times=1: only once
        client = ...(yahoo.address)

As a program: python -m tests.standins.yahoo --bars bars.parquet --fault AGG=delisted (prints its address).
"""

import argparse
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.standins.yahoo_minutes import Minutes

if TYPE_CHECKING:
    from collections.abc import Callable

NEW_YORK = ZoneInfo("America/New_York")
CHART = "/v8/finance/chart/"
CRUMB = "/v1/test/getcrumb"
JSON = {"Content-Type": "application/json"}
DELISTED = (
    '{"chart":{"result":null,"error":{"code":"Not Found",'
    '"description":"No data found, symbol may be delisted"}}}'
)
NO_DATA = (
    '{"chart":{"result":null,"error":{"code":"Bad Request",'
    '"description":"Data doesn\'t exist for startDate = 1, endDate = 2"}}}'
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with an answer. `body` None: the right one; `keep`: the share of it that is sent;
    `promise`: the announced length is that of the whole; `delay` in seconds; `drop`: hang up without a word.
    """

    status: int = 200
    body: str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    keep: float = 1.0
    promise: bool = False
    drop: bool = False


FAULTS = {
    "delisted": Fault(404, DELISTED, JSON),
    "no_data": Fault(400, NO_DATA, JSON),
    "empty": Fault(200, '{"chart":{"result":[],"error":null}}', JSON),
    "rate_limited": Fault(429, "Edge: Too Many Requests"),
    "retry_soon": Fault(429, "Edge: Too Many Requests", {"Retry-After": "1"}),
    "retry_late": Fault(429, "Edge: Too Many Requests", {"Retry-After": "3600"}),
    "error": Fault(500, "Internal Server Error"),
    "down": Fault(503, "<html><body>Will be right back...</body></html>", {"Content-Type": "text/html"}),
    "garbage": Fault(200, '{"chart": [[[', JSON),
    "weird": Fault(200, '{"somethingWeird": true}', JSON),
    "html": Fault(
        200, "<!DOCTYPE html><html><body>Before you continue</body></html>", {"Content-Type": "text/html"}
    ),
    "truncated": Fault(keep=0.5),
    "cut": Fault(keep=0.5, promise=True),
    "dropped": Fault(drop=True),
    "slow": Fault(delay=30.0),
}


class Yahoo:
    """The server, on 127.0.0.1 from entering to leaving. `asked` lists the paths with queries, in order."""

    named = FAULTS

    def __init__(self, port: int = 0) -> None:
        self.charts: dict[str, Callable[[dict[str, str]], str]] = {}
        self.minutes: dict[str, Minutes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.always: dict[str, Fault] = {}
        self.asked: list[str] = []
        self.closing = threading.Event()
        handler = type("Handler", (self.handler(),), {"yahoo": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def handler(self) -> type["Handler"]:
        """What answers a request."""
        return Handler

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def replay(self, symbol: str, body: dict[str, Any] | str) -> None:
        """Answer every chart request for `symbol` with this body."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.charts[symbol] = lambda _: text

    def serve(self, symbol: str, bars: pa.Table, kind: str = "ETF", currency: str | None = "USD") -> None:
        """Answer from as-traded rows: session, open, high, low, close, volume and optionally split, dividend,
        capital_gain (per share of that day) and adj_close; `kind` is Yahoo's instrumentType and
        `currency` that of the prices."""
        history = History(symbol, kind, currency, bars.sort_by("session").to_pylist())
        self.charts[symbol] = history.answer

    def announce(self, symbol: str, ex_date: date, ratio: float) -> None:
        """Tell a split of a day without a bar yet beside what is served, whose prices stay as they are."""
        served = self.charts[symbol]

        def answer(query: dict[str, str]) -> str:
            body: dict[str, Any] = json.loads(served(query))
            told = {"date": _opening(ex_date), "numerator": ratio, "denominator": 1.0}
            body["chart"]["result"][0].setdefault("events", {}).setdefault("splits", {})["ahead"] = told
            return json.dumps(body)

        self.charts[symbol] = answer

    def fail(self, what: str, fault: str | Fault, times: int | None = None) -> None:
        """Let `what` (a symbol, "crumb", or "*" for every request) fail, always or the next `times` times."""
        chosen = self.named[fault] if isinstance(fault, str) else fault
        if times is None:
            self.always[what] = chosen
        else:
            self.faults.setdefault(what, []).extend([chosen] * times)

    def fault_of(self, what: str) -> Fault | None:
        """The fault that meets a request about `what` now."""
        for key in (what, "*"):
            if self.faults.get(key):
                return self.faults[key].pop(0)
            if key in self.always:
                return self.always[key]
        return None

    def charts_asked(self, symbol: str) -> int:
        """How often a history (not just the time zone) of `symbol` was asked for."""
        return sum(ask.startswith(f"{CHART}{symbol}?") and "period1=" in ask for ask in self.asked)


@dataclass(frozen=True)
class History:
    """One symbol's as-traded rows in order of session, told the way Yahoo tells them."""

    symbol: str
    kind: str
    currency: str | None
    rows: list[dict[str, Any]]

    def answer(self, query: dict[str, str]) -> str:
        """The chart body for period1 ≤ time < period2, or for the last bar when only a range is asked."""
        adjusted = self._adjusted()
        if "period1" in query:
            begin, end = int(query["period1"]), int(query["period2"])
            adjusted = [row for row in adjusted if begin <= row["time"] < end]
        else:
            adjusted = adjusted[-1:]
        result: dict[str, Any] = {"meta": self._meta()}
        if adjusted:
            result["timestamp"] = [row["time"] for row in adjusted]
            result["events"] = _events(adjusted)
        names = ("open", "high", "low", "close", "volume")
        quote = {name: [row[name] for row in adjusted] for name in names} if adjusted else {}
        adj_close = {"adjclose": [row["adj_close"] for row in adjusted]} if adjusted else {}
        result["indicators"] = {"quote": [quote], "adjclose": [adj_close]}
        return json.dumps({"chart": {"result": [result], "error": None}})

    def _adjusted(self) -> list[dict[str, Any]]:
        """Newest to oldest: every split on the way divides what lies before it, every payout scales it."""
        done: list[dict[str, Any]] = []
        shares, payout = 1.0, 1.0
        for row, older in zip(reversed(self.rows), [*self.rows[-2::-1], None], strict=True):
            split = row.get("split") or 1.0
            cash = (row.get("dividend") or 0.0) + (row.get("capital_gain") or 0.0)
            told = {name: _divided(row[name], shares) for name in ("open", "high", "low", "close")}
            own = row.get("adj_close")
            told |= {
                "time": _opening(row["session"]),
                "volume": None if row["volume"] is None else round(row["volume"] * shares),
                "adj_close": own if own is not None else _divided(told["close"], 1 / payout),
                "split": split,
                "dividend": (row.get("dividend") or 0.0) / shares,
                "capital_gain": (row.get("capital_gain") or 0.0) / shares,
            }
            done.append(told)
            if older and older["close"]:
                payout *= 1 - cash / (older["close"] / split)
            shares *= split
        return done[::-1]

    def _meta(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "symbol": self.symbol,
            "instrumentType": self.kind,
            "exchangeTimezoneName": "America/New_York",
            "firstTradeDate": _opening(self.rows[0]["session"]) if self.rows else None,
            "dataGranularity": "1d",
            "validRanges": ["1d", "5d", "max"],
        }


def _events(rows: list[dict[str, Any]]) -> dict[str, Any]:
    events: dict[str, dict[str, Any]] = {"dividends": {}, "capitalGains": {}, "splits": {}}
    for row in rows:
        key = str(row["time"])
        for name, column in (("dividends", "dividend"), ("capitalGains", "capital_gain")):
            if row[column]:
                events[name][key] = {"amount": row[column], "date": row["time"]}
        if row["split"] != 1.0:
            events["splits"][key] = {"date": row["time"], "numerator": row["split"], "denominator": 1.0}
    return {name: found for name, found in events.items() if found}


def _divided(price: float | None, by: float) -> float | None:
    return None if price is None else price / by


def _opening(session: date) -> int:
    return int(datetime.combine(session, time_of_day(9, 30), NEW_YORK).timestamp())


class Handler(BaseHTTPRequestHandler):
    yahoo: Yahoo
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))  # the client sends forms with GET too
        self.yahoo.asked.append(self.path)
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        status, headers, body, what = self.right(unquote(address.path), query)
        fault = self.yahoo.fault_of(what)
        if fault is None:
            self._send(status, headers, body.encode())
        elif not fault.drop and not self.yahoo.closing.wait(fault.delay):
            self._fail(fault, status, headers, body)
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def right(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], str, str]:
        """The answer without faults, and what it is about: a symbol, "crumb" or a path."""
        symbol = path.rsplit("/", 1)[-1]
        if path.startswith(CHART):
            chart, minutes = self.yahoo.charts.get(symbol), self.yahoo.minutes.get(symbol)
            if query.get("interval") == "1m" and minutes:
                status, body = minutes.answer(query)
                return status, JSON, body, symbol
            return (200, JSON, chart(query), symbol) if chart else (404, JSON, DELISTED, symbol)
        if path == CRUMB:
            return 200, {"Content-Type": "text/plain"}, "a.crumb", "crumb"
        if path.startswith("/v10/finance/quoteSummary/"):
            error = {"code": "Not Found", "description": f"Quote not found for symbol: {symbol}"}
            return 404, JSON, json.dumps({"quoteSummary": {"result": None, "error": error}}), path
        if path == "/v7/finance/quote":
            return 200, JSON, json.dumps({"quoteResponse": {"result": [], "error": None}}), path
        cookie = {"Content-Type": "text/html", "Set-Cookie": "A3=stand-in; Path=/; Max-Age=3600"}
        form = '<form><input name="csrfToken" value="t"><input name="sessionId" value="s"></form>'
        return 200, cookie, f"<html><body>{form}</body></html>", path

    def _fail(self, fault: Fault, status: int, headers: dict[str, str], body: str | bytes) -> None:
        if fault.body is not None:
            status, headers, body = fault.status, {}, fault.body
        whole = body.encode() if isinstance(body, str) else body
        sent = whole[: int(len(whole) * fault.keep)]
        self._send(status, headers | fault.headers, sent, len(whole) if fault.promise else len(sent))
        self.close_connection = fault.promise

    def _send(self, status: int, headers: dict[str, str], body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet: `asked` is the log."""


def main() -> None:
    """Serve until the process is ended; `--bars` holds as-traded rows with a column symbol."""
    arguments = argparse.ArgumentParser(description="A stand-in for Yahoo Finance.")
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--bars", type=Path, help="Parquet file as for Yahoo.serve, with a column symbol")
    arguments.add_argument("--replay", action="append", default=[], metavar="SYMBOL=FILE.json")
    arguments.add_argument("--fault", action="append", default=[], metavar="SYMBOL|crumb|*=NAME")
    chosen = arguments.parse_args()
    with Yahoo(chosen.port) as yahoo:
        if chosen.bars:
            for symbol, bars in _by_symbol(pq.read_table(chosen.bars)).items():
                yahoo.serve(symbol, bars)
        for pair in chosen.replay:
            symbol, file = pair.rsplit("=", 1)
            yahoo.replay(symbol, recorded(Path(file)))
        for pair in chosen.fault:
            yahoo.fail(*pair.rsplit("=", 1))
        print(yahoo.address, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            sys.exit(0)


def recorded(file: Path) -> dict[str, Any] | str:
    """The body of a recorded answer ({"response": {"bodyJson" or "body": ...}}), or of a bare one."""
    content = json.loads(file.read_text(encoding="utf-8"))
    response = content.get("response", {"bodyJson": content})
    body: dict[str, Any] | str = response["bodyJson"] if "bodyJson" in response else response["body"]
    return body


def _by_symbol(rows: pa.Table) -> dict[str, pa.Table]:
    symbols = rows["symbol"].cast(pa.string())
    return {symbol: rows.filter(pc.equal(symbols, symbol)) for symbol in symbols.unique().to_pylist()}


if __name__ == "__main__":
    main()
