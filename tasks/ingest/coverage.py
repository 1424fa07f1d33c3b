"""What is stored of each symbol: how far it goes, where it has holes, and what waits for a decision."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import TypeVar

from config import portfolio_file as portfolios
from config.calendar_overrides import exchange
from config.calendars import Calendar
from config.portfolio import Portfolio
from quant.errors import InputError
from tasks.context.context import Context
from warehouse import history
from warehouse.database.database import Database


@dataclass(frozen=True)
class Gap:
    """Sessions without a bar, one after the other: the first, the last, and how many."""

    first: date
    last: date
    sessions: int


@dataclass(frozen=True)
class Coverage:
    """One symbol at one source. `gaps` lie between its first session and the newest that its source has.

    `sessions` counts those of the calendar that have a bar, `versions` all that was ever known of them.
    `repaired` bars and actions were given other values than the vendor's. `quarantined` rows wait for a
    decision; they are of the days `quarantined_on`.
    """

    symbol: str
    first: date
    last: date
    sessions: int
    missing: int
    gaps: tuple[Gap, ...]
    versions: int
    repaired: int
    quarantined: int
    quarantined_on: tuple[date, ...]


@dataclass(frozen=True)
class Section:
    """What one source has of the symbols of one calendar; their `sessions` from the first to the newest."""

    source: str
    calendar: str
    sessions: tuple[date, ...]
    symbols: tuple[Coverage, ...]


@dataclass(frozen=True)
class Status:
    """The sections by source and calendar; `absent` are asked symbols of which nothing is stored."""

    sections: tuple[Section, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A stretch of the calendar: the share of its sessions that has bars (None before a symbol began)."""

    share: float | None
    quarantined: bool


def status(context: Context, portfolio: str | None, source: str | None, calendar: str) -> Status:
    """What is stored of a portfolio's symbols by their calendars, or of every symbol by `calendar`.

    Raises:
        InputError: no such portfolio, source or calendar, or nothing is stored.
    """
    known = portfolios.load(portfolio, context.home) if portfolio else None
    asked = _asked(known, calendar)
    named = _source(source) if source else None
    days = {name: known.exchange(name) if known else exchange(context.home, name) for name in asked}
    sections = context.warehouse.read(lambda db: _found(db, named, asked, days, context.now().date()))
    stored = {row.symbol for section in sections for row in section.symbols}
    wanted = [symbol for symbols in asked.values() for symbol in symbols or ()]
    return Status(tuple(sections), tuple(symbol for symbol in wanted if symbol not in stored))


def _source(text: str) -> str:
    from tasks import sources  # noqa: PLC0415 - they bring pyarrow, and most questions name none

    return sources.resolve(text).name


def _asked(portfolio: Portfolio | None, calendar: str) -> Mapping[str, Sequence[str] | None]:
    """The symbols by calendar; None for every symbol that is stored."""
    if portfolio is None:
        return {calendar: None}
    symbols: dict[str, list[str]] = {}
    for symbol, name in portfolio.calendars.items():
        symbols.setdefault(name, []).append(symbol)
    return symbols


def _found(
    db: Database,
    source: str | None,
    asked: Mapping[str, Sequence[str] | None],
    days: Mapping[str, Calendar],
    today: date,
) -> list[Section]:
    """The sections of every calendar that is asked for."""
    found = [
        section
        for name, symbols in asked.items()
        for section in _sections(db, source, days[name], symbols, today)
    ]
    if not found:
        names = ", ".join(one.source for one in history.stored_sources(db)) or "no source"
        raise InputError(f"nothing of that is stored: the warehouse has daily bars of {names}.")
    return found


def _sections(
    db: Database, source: str | None, calendar: Calendar, symbols: Sequence[str] | None, today: date
) -> Iterator[Section]:
    (oldest,) = db.column("bars_oldest")
    days = calendar.sessions(oldest or today, today)
    listed = f"[{', '.join(map(str, days))}]"
    asked = list(symbols) if symbols is not None else None
    stored = db.select(_Stored, "coverage", source=source, symbols=asked, days=listed)
    gaps = _gaps(db, stored, listed)
    waiting = _by_key(db.select(_Waiting, "coverage_quarantined"))
    for name, group in groupby(stored, key=lambda row: row.source):
        rows = [*group]
        begins, ends = min(row.begins for row in rows), max(row.ends for row in rows)
        covered = [
            _coverage(row, days, ends, gaps.get(row.key, ()), waiting.get(row.key, ())) for row in rows
        ]
        yield Section(name, calendar.name, tuple(days[begins : ends + 1]), tuple(covered))


@dataclass(frozen=True)
class _Row:
    source: str
    symbol: str

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.symbol


@dataclass(frozen=True)
class _Stored(_Row):
    """What is stored of a symbol: `held` current bars between two places in the calendar; all `versions`."""

    first: date
    last: date
    held: int
    versions: int
    begins: int
    ends: int
    repaired: int


@dataclass(frozen=True)
class _Hole(_Row):
    """Sessions without a bar, by the places of the first and the last in the calendar."""

    first: int
    last: int


@dataclass(frozen=True)
class _Waiting(_Row):
    """How many rows of a session wait for a decision; None where a row has no session."""

    session: date | None
    rows: int


KeyedRow = TypeVar("KeyedRow", bound=_Row)


def _gaps(db: Database, stored: Sequence[_Stored], days: str) -> Mapping[tuple[str, str], Sequence[_Hole]]:
    """The holes inside the histories that have fewer bars than sessions."""
    gappy = [row for row in stored if row.held <= row.ends - row.begins]
    if not gappy:
        return {}
    asked = {"source": [row.source for row in gappy], "symbol": [row.symbol for row in gappy]}
    with db.incoming(gappy=asked):
        return _by_key(db.select(_Hole, "coverage_gaps", days=days))


def _by_key(rows: Sequence[KeyedRow]) -> Mapping[tuple[str, str], Sequence[KeyedRow]]:
    found: dict[tuple[str, str], list[KeyedRow]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def _coverage(
    row: _Stored, days: Sequence[date], newest: int, gaps: Sequence[_Hole], waiting: Sequence[_Waiting]
) -> Coverage:
    holes = [(gap.first, gap.last) for gap in gaps]
    if row.ends < newest:
        holes.append((row.ends + 1, newest))
    return Coverage(
        symbol=row.symbol,
        first=row.first,
        last=row.last,
        sessions=row.held,
        missing=sum(last - first + 1 for first, last in holes),
        gaps=tuple(Gap(days[first], days[last], last - first + 1) for first, last in holes),
        versions=row.versions,
        repaired=row.repaired,
        quarantined=sum(one.rows for one in waiting),
        quarantined_on=tuple(one.session for one in waiting if one.session),
    )


def cells(section: Section, row: Coverage, count: int) -> list[Cell]:
    """A symbol's history in `count` stretches of equally many of the section's sessions (or one of each)."""
    sessions = section.sessions
    count = min(count, len(sessions))
    edges = [len(sessions) * number // count for number in range(count + 1)]
    begins = bisect_left(sessions, row.first)
    holes = [(place := bisect_left(sessions, gap.first), place + gap.sessions) for gap in row.gaps]
    marked = [bisect_left(sessions, day) for day in row.quarantined_on]
    found = []
    for low, high in pairwise(edges):
        expected = high - max(low, begins)
        missing = sum(max(0, min(high, end) - max(low, start)) for start, end in holes)
        share = (expected - missing) / expected if expected > 0 else None
        found.append(Cell(share, any(low <= place < high for place in marked)))
    return found
