"""A local server that speaks Tiingo's end-of-day API: as-traded rows, its own error words, scripted faults.

with Tiingo() as tiingo:
    tiingo.serve("SPY", bars)            # as-traded rows, as for Yahoo.serve
    tiingo.fail("AGG", "rate_limited")   # a named fault, or Fault(...); times=1: only once
    client = ...(tiingo.address, TOKEN)
"""

import json
from typing import Any

import pyarrow as pa

from tests.standins.yahoo import JSON, Fault, Handler, Yahoo

TOKEN = "0123456789abcdef"
SPENT = "Error: You have run over your hourly request allocation. Please upgrade."
FAULTS = {
    "delisted": Fault(404, '{"detail":"Error: Ticker \'GONE\' not found"}', JSON),
    "delisted_200": Fault(200, "Error: Ticker 'GONE' not found"),
    "no_data": Fault(200, "[]", JSON),
    "empty": Fault(200, "[]", JSON),
    "rate_limited": Fault(429, json.dumps({"detail": SPENT}), JSON),
    "spent_200": Fault(200, SPENT),
    "retry_soon": Fault(429, "", {"Retry-After": "1"}),
    "retry_late": Fault(429, "", {"Retry-After": "3600"}),
    "forbidden": Fault(403, '{"detail":"Invalid token."}', JSON),
    "error": Fault(500, "Internal Server Error"),
    "down": Fault(503, "<html><body>Service Unavailable</body></html>", {"Content-Type": "text/html"}),
    "garbage": Fault(200, '{"chart": [[[', JSON),
    "weird": Fault(200, '{"somethingWeird": true}', JSON),
    "html": Fault(200, "<!DOCTYPE html><html></html>", {"Content-Type": "text/html"}),
    "truncated": Fault(keep=0.5),
    "cut": Fault(keep=0.5, promise=True),
    "dropped": Fault(drop=True),
    "slow": Fault(delay=30.0),
}


class Tiingo(Yahoo):
    """The server, on 127.0.0.1 from entering to leaving. `asked` lists the paths with queries, in order."""

    named = FAULTS

    def handler(self) -> type[Handler]:
        """What answers a request."""
        return TiingoHandler

    def serve(self, symbol: str, bars: pa.Table, kind: str = "ETF", currency: str | None = "USD") -> None:
        """Answer from as-traded rows: session, open, high, low, close, volume, and optionally split, dividend
        and adj_close. `kind` and `currency` are not told."""
        del kind, currency
        rows = [_row(row) for row in bars.sort_by("session").to_pylist()]
        self.charts[symbol] = lambda query: json.dumps(
            [row for row in rows if query["startDate"] <= row["date"][:10] <= query["endDate"]]
        )

    def charts_asked(self, symbol: str) -> int:
        """How often a history of `symbol` was asked for."""
        return sum(ask.startswith(f"/tiingo/daily/{symbol}/prices?") for ask in self.asked)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    own = row.get("adj_close")
    adjusted = {f"adj{name.title()}": row[name] for name in ("open", "high", "low", "volume")}
    return {
        "date": f"{row['session']}T00:00:00.000Z",
        **{name: row[name] for name in ("close", "high", "low", "open", "volume")},
        "adjClose": row["close"] if own is None else own,
        **adjusted,
        "divCash": row.get("dividend") or 0.0,
        "splitFactor": row.get("split") or 1.0,
    }


class TiingoHandler(Handler):
    """Answers /tiingo/daily/SYMBOL/prices to whoever has the token."""

    def right(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], str, str]:
        parts = path.split("/")
        symbol = parts[3] if len(parts) > 3 else path
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            return 403, JSON, '{"detail":"Invalid token."}', symbol
        chart = self.yahoo.charts.get(symbol)
        if chart is None or parts[1:3] != ["tiingo", "daily"] or parts[4:] != ["prices"]:
            return 404, JSON, json.dumps({"detail": f"Error: Ticker '{symbol}' not found"}), symbol
        return 200, JSON, chart(query), symbol
