"""Two sources close by close: where they differ, and what one of them lacks. Nothing is fetched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config import portfolio_file
from quant.errors import InputError
from tasks import sources
from tasks.context.context import Context
from tasks.context.words import count, number, share
from tasks.report.document import SCREEN
from warehouse import history
from warehouse.database.database import Database
from warehouse.ingest import latest_known

BOUND = 0.005
"""A share: [data] `disagreement` where nobody says another."""


@dataclass(frozen=True)
class Compared:
    """The closes of one symbol as traded, on the sessions from the first to the last that both sources reach.

    `compared` sessions have both; `only_first` and `only_second` have one. A difference is the second
    source's close over the first's, less 1: `beyond` counts those above the bound in size, `mean` is the mean
    of their sizes and `worst` the largest with its session and closes; None where no session has both.
    """

    symbol: str
    begins: date
    ends: date
    compared: int
    only_first: int
    only_second: int
    beyond: int
    mean: float | None
    worst: float | None
    worst_session: date | None
    worst_first: float | None
    worst_second: float | None


@dataclass(frozen=True)
class Comparison:
    """`first` and `second` as the warehouse names them; the symbols that differ most first."""

    first: str
    second: str
    known_at: datetime
    bound: float
    symbols: list[Compared]


@dataclass(frozen=True)
class Asked:
    """`symbols`: none means all that both sources have; `bound` None: the portfolio's, else BOUND."""

    first: str
    second: str
    symbols: Sequence[str] = ()
    portfolio: str | None = None
    bound: float | None = None
    start: date | None = None
    end: date | None = None
    known_at: datetime | None = None


def compare(context: Context, asked: Asked) -> Comparison:
    """The accepted closes of two sources, as known at an instant (default: now).

    Raises:
        InputError: the sources are the same, or have no symbol in common; which they have is said.
    """
    first, second = (sources.resolve(text).name for text in (asked.first, asked.second))
    if first == second:
        raise InputError(f"{first} is compared with itself: name two sources.")
    symbols, bound = list(asked.symbols), asked.bound
    if asked.portfolio is not None:
        portfolio = portfolio_file.load(asked.portfolio, context.home)
        symbols, bound = [*symbols, *portfolio.asked], bound or portfolio.data.disagreement
    bound = BOUND if bound is None else bound
    if not 0 < bound < 1:
        raise InputError(f"--bound {bound:g}: a difference is a share between 0 and 1, such as 0.005.")

    def work(db: Database) -> Comparison:
        known_at = asked.known_at or latest_known(db) or context.now()
        found = db.select(
            Compared, "compared_closes", first=first, second=second, symbols=symbols or None, bound=bound,
            since=asked.start, until=asked.end, known_at=known_at,
        )  # fmt: skip
        if not found:
            stored = ", ".join(one.source for one in history.stored_sources(db)) or "no source"
            raise InputError(
                f"{first} and {second} have closes of no such symbol on the same sessions: the warehouse has "
                f"bars of {stored}."
            )
        return Comparison(first, second, known_at, bound, found)

    return context.warehouse.read(work)


def lines(found: Comparison) -> Iterator[str]:
    """The comparison for a person."""
    yield f"first: {found.first}"
    yield f"second: {found.second}"
    for one in found.symbols[:SCREEN]:
        said = [f"{count(one.compared, 'session')} from {one.begins} to {one.ends}"]
        said.append(f"{one.beyond:,} differ by more than {share(found.bound)}")
        if one.only_first or one.only_second:
            said.append(f"only in the first {one.only_first:,}, only in the second {one.only_second:,}")
        if one.worst:
            closes = f"{number(one.worst_first)} and {number(one.worst_second)}"
            said.append(f"worst {share(one.worst, '+')} on {one.worst_session} ({closes})")
        yield f"{one.symbol}: {'; '.join(said)}"
    if len(found.symbols) > SCREEN:
        yield f"… and {len(found.symbols) - SCREEN:,} more: the same with --json"
    total = sum(one.compared for one in found.symbols)
    beyond = sum(one.beyond for one in found.symbols)
    yield f"{beyond:,} of {total:,} closes of {count(len(found.symbols), 'symbol')} differ."
