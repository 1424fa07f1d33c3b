"""Market-data sources, one file per vendor, found by name. Plain functions; no Prefect, no DuckDB.

A source file defines `fetch(request) -> Delivery` and, pure, `parse(...)`; `begins(request) -> date | None`,
which refuses a request that is the caller's mistake (InputError) before a run is written, and tells the first
session that the source holds for the asked symbols, where it can know; `LOCATED`, whether a path follows its
name (`files:PATH`); `INTERVALS`, the bars it has: "1d" (of a session), "1m" (of a minute); and `VENDOR`,
how a vendor is reached (`config.access.Vendor`: its settings are found from it; None: no vendor, nothing that
could be down). Where the vendor tells trades as they happen, `stream(address, symbols, now) -> Stream` opens
that. A module whose name begins with an underscore is no source.
"""

import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, cast

import pyarrow as pa
from pydantic import SecretStr

from config.access import Vendor
from quant import plugins
from quant.errors import LONGEST_SHOWN, InputError, shown
from tasks.context.patience import DEFAULT, Patience
from warehouse.tables.batches import BAR_NAMES, Interval, KeptFailure

ErrorKind = Literal["rate_limited", "delisted", "empty", "outage", "not_understood"]
TRANSIENT: tuple[ErrorKind, ...] = ("rate_limited", "outage")
"""Failures that can pass by themselves."""

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
MINUTES = pa.schema(
    [
        ("symbol", pa.string()),
        ("instant", pa.timestamp("us", "UTC")),  # begin of the minute
        *((name, pa.float64()) for name in ("open", "high", "low", "close", "volume")),
        ("split", pa.float64()),  # new shares for an old one, in the minute in which it takes effect
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
AHEAD = pa.schema([("symbol", pa.string()), ("ex_date", pa.date32()), ("ratio", pa.float64())])

BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """What is asked of a source: symbols and an inclusive range of sessions (start None: all it has).

    With interval "1m" it is minute bars from `since` up to and not including `until`; a source may give more.
    `location` is the path of a files: source or the base address of a vendor.
    `progress` is told (done, of, symbol) as symbols are finished. `currencies` is the unit that the prices of
    each symbol must be in: a source that knows better refuses them (a symbol that is not there: any will do).
    `calendars` has the exchange of each symbol, by `exchange_calendars`: it says which day an instant is of.
    `leave` is asked before every request to a vendor: it waits where the vendor's budget says so, tells how
    many seconds, and raises Failure when that is too long. `patience` is what a vendor that fails gets,
    `token` that of a keyed one.
    """

    symbols: tuple[str, ...]
    start: date | None
    end: date
    location: str = ""
    progress: Callable[[int, int, str], None] = field(default=lambda *_: None, compare=False)
    currencies: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    leave: Callable[[], float] = field(default=lambda: 0.0, compare=False)
    patience: Patience = DEFAULT
    token: SecretStr | None = None
    interval: Interval = "1d"
    since: datetime = BEGINNING
    until: datetime = END

    @property
    def bars(self) -> pa.Schema:
        """The columns of the bars that are asked for."""
        return BARS if self.interval == "1d" else MINUTES


@dataclass(frozen=True)
class SymbolError:
    """Why one symbol has no data. Never takes the other symbols down.

    `retry_after` is the pause that the vendor asked for, in seconds; `answer` its whole answer where it was
    not understood, to be kept for a person to look at.
    """

    symbol: str
    kind: ErrorKind
    error: str
    retry_after: float | None = None
    answer: str = field(default="", repr=False)

    def record(self) -> KeptFailure:
        """What a batch keeps of it."""
        return KeptFailure(self.symbol, self.kind, self.error, self.answer)


@dataclass(frozen=True)
class Delivery:
    """What a source delivered: bars and actions as traded, its own adjusted closes, and what went wrong.

    `bars` has the schema that the request says. `digest` is the SHA-256 of the answer as received. `returns`
    is "total" when distributions are known (reported or derived) and "price" when the source says nothing
    about them. `illustration` says why nobody can trade at these prices, where that is so.
    `ahead` (schema AHEAD) are splits from after a symbol's last price, by which a vendor may have divided its
    prices already: the bars are as traded if so.
    """

    bars: pa.Table
    actions: pa.Table
    adjusted: pa.Table
    errors: tuple[SymbolError, ...]
    digest: str
    returns: Literal["total", "price"] = "total"
    illustration: str | None = None
    ahead: pa.Table = field(default_factory=AHEAD.empty_table)


class Source(Protocol):
    """What a file in this folder provides."""

    LOCATED: bool
    INTERVALS: tuple[Interval, ...]
    VENDOR: Vendor | None

    def begins(self, request: Request) -> date | None: ...

    def fetch(self, request: Request) -> Delivery: ...


class Stream(Protocol):
    """Trades of symbols as they happen, from when it was opened until it is closed."""

    def bars(self, since: datetime, until: datetime) -> pa.Table:
        """The minutes (schema MINUTES) from `since` on that are over by `until`; earlier ones are forgotten.

        A minute in which the connection was lost has what was told of it.
        """
        ...

    def whole(self, since: datetime, until: datetime) -> bool:
        """Whether it was connected all the time between them."""
        ...

    def last(self) -> Mapping[str, datetime]:
        """When each symbol was last traded; one that was not is not there."""
        ...

    def close(self) -> None: ...


class Streaming(Protocol):
    """What a source's file provides besides, where its vendor has a stream.

    `address` is the stream's; `now` the clock.
    """

    def stream(self, address: str, symbols: Sequence[str], now: Callable[[], datetime]) -> Stream: ...


class Found(NamedTuple):
    """A source, where it reads (empty: its own place), and the one name that its rows are stored under."""

    source: Source
    location: str
    name: str


def names() -> list[str]:
    """Every source there is, as it is written on the command line (without its path)."""
    return plugins.names(sys.modules[__name__])


def resolve(text: str) -> Found:
    """The source that `--source TEXT` means; InputError when there is none, naming the nearest one.

    Only the source asked for is imported. A path is made absolute, so that one file has one name.
    """
    kind, _, path = text.partition(":")
    if kind not in names():
        near = difflib.get_close_matches(kind, names(), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        said = shown(text if len(text) <= LONGEST_SHOWN else kind)
        raise InputError(
            f"source {said} is unknown: {hint}allowed are {', '.join(names())} (files as files:PATH)"
        )
    source = cast("Source", plugins.load(sys.modules[__name__], kind))
    if bool(path) != source.LOCATED:
        wanted = f"{kind}:PATH" if source.LOCATED else kind
        raise InputError(f"source {shown(text)} is not complete or says too much: write it as {wanted}")
    try:
        location = str(Path(path).expanduser().resolve()) if path else ""
    except (OSError, RuntimeError) as error:  # a loop of links, ~nobody
        raise InputError(f"source {text!r} cannot be found: {error}") from None
    return Found(source, location, f"{kind}:{location}" if location else kind)


def require(source: Source, name: str, interval: Interval) -> None:
    """Refuse a source without such bars.

    Raises:
        InputError: it has none; those that have are named.
    """
    if interval in source.INTERVALS:
        return
    found = plugins.discover(sys.modules[__name__])
    others = [other for other, file in found.items() if interval in cast("Source", file).INTERVALS]
    kind = BAR_NAMES[interval]
    raise InputError(
        f"source {shown(name)} has no {kind}: {kind} come from {', '.join(others)} (files as files:PATH)."
    )
