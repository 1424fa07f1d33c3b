"""Market-data sources, one file per vendor, found by name. Plain functions; no Prefect, no DuckDB.

A source file defines `fetch(request) -> Delivery` and, pure, `parse(...)`; and `begins(request) -> date | None`,
which refuses a request that is the caller's mistake (InputError) before a run is written, and tells the first
session that the source holds for the asked symbols, where it can know.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

import pyarrow as pa

ErrorKind = Literal["rate_limited", "delisted", "empty", "outage", "not_understood"]

BARS = pa.schema(
    [
        ("symbol", pa.string()),
        ("session", pa.date32()),
        ("open", pa.float64()),
        ("high", pa.float64()),
        ("low", pa.float64()),
        ("close", pa.float64()),
        ("volume", pa.float64()),
    ]
)
ACTIONS = pa.schema(
    [
        ("symbol", pa.string()),
        ("ex_date", pa.date32()),
        ("kind", pa.string()),  # split | dividend | capital_gain
        ("value", pa.float64()),  # new shares per old share; or currency per as-traded share
        ("derived", pa.bool_()),
    ]
)
ADJUSTED = pa.schema([("symbol", pa.string()), ("session", pa.date32()), ("adj_close", pa.float64())])


@dataclass(frozen=True)
class Request:
    """What is asked of a source: symbols and an inclusive range of sessions (start None: all it has).

    `location` is the path of a files: source or the base address of a vendor.
    `progress` is told (done, of, symbol) as symbols are finished.
    """

    symbols: tuple[str, ...]
    start: date | None
    end: date
    location: str = ""
    progress: Callable[[int, int, str], None] = field(default=lambda done, of, symbol: None, compare=False)


@dataclass(frozen=True)
class SymbolError:
    """Why one symbol has no data. Never takes the other symbols down."""

    symbol: str
    kind: ErrorKind
    error: str


@dataclass(frozen=True)
class Delivery:
    """What a source told us: as-traded bars and actions, its own adjusted closes, and what went wrong.

    `digest` is the SHA-256 of the answer as received. `returns` is "total" when distributions are known
    (reported or derived) and "price" when the source says nothing about them. `illustration` says why
    nobody can trade at these prices, where that is so.
    """

    bars: pa.Table
    actions: pa.Table
    adjusted: pa.Table
    errors: tuple[SymbolError, ...]
    digest: str
    returns: Literal["total", "price"] = "total"
    illustration: str | None = None


class Source(Protocol):
    """What a file in this folder provides."""

    def begins(self, request: Request) -> date | None: ...

    def fetch(self, request: Request) -> Delivery: ...
