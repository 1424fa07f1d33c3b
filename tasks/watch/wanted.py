"""Whose symbols the watch of one exchange reads: those of every portfolio that holds or wants them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from config.calendar_overrides import exchange
from config.calendars import Calendar
from config.portfolio import Portfolio
from quant.errors import InputError
from tasks.context.context import Context
from tasks.holdings import holdings_files
from tasks.ingest.minutes import Hours, Instants

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A session of one exchange and the portfolios, by name, that have symbols there.

    `symbols` are the union of theirs on this exchange, in alphabetical order; `benchmarks` those that stand
    for the market.
    """

    calendar: Calendar
    session: date
    portfolios: dict[str, Portfolio]
    symbols: tuple[str, ...]
    benchmarks: frozenset[str]

    @cached_property
    def hours(self) -> Hours:
        """When this session trades."""
        return Hours(self.calendar, [self.session])

    @cached_property
    def minutes(self) -> Instants:
        """The begin of every minute of the session (UTC), in order; a break of the exchange has none."""
        end = self.calendar.close(self.session)
        return self.hours.minutes(end)[self.session]

    @cached_property
    def auctions(self) -> frozenset[int]:
        """The numbers of the minutes whose price may come from an auction: at the open, also after a break,
        and the last one, into which vendors count the closing auction.
        """
        after = np.flatnonzero(np.diff(self.minutes) > np.timedelta64(60, "s")) + 1
        return frozenset({0, *after.tolist(), len(self.minutes) - 1})

    def concerned(self, symbol: str | None) -> list[str]:
        """The portfolios that a fall of a symbol concerns; None: of the whole market, so all of them."""
        return [*self.portfolios] if symbol is None else self._holders.get(symbol, [])

    @cached_property
    def _holders(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, one in self.portfolios.items():
            for symbol in one.calendars:
                found.setdefault(symbol, []).append(name)
        return found

    def moment(self, number: int) -> datetime:
        """The begin of a minute by its number (UTC, naive)."""
        found: datetime = self.minutes[number].astype("datetime64[us]").item()
        return found

    def number(self, instants: Instants) -> np.ndarray:
        """The numbers of the minutes that instants lie in, shape (rows,); -1 outside the session."""
        begins = instants.astype("datetime64[m]").astype("datetime64[us]")
        place = np.searchsorted(self.minutes, begins)
        inside = (place < len(self.minutes)) & (
            self.minutes[np.minimum(place, len(self.minutes) - 1)] == begins
        )
        return np.where(inside, place, -1)


def wanted(context: Context, names: Sequence[str], calendar: str, session: date) -> Wanted:
    """The watch of an exchange's session for these portfolios.

    One whose file cannot be used is left out where there are several: the daily run tells its people.

    Raises:
        InputError: the session is none of the exchange, the only portfolio's file cannot be used, or no
            portfolio has a symbol on the exchange.
    """
    portfolios = read(context, names)
    traded = exchange(context.home, calendar)
    if not traded.is_session(session):
        raise InputError(f"session {session} is not a trading day of {traded.name}.")
    own = {name: _on(one, traded.name) for name, one in portfolios.items()}
    symbols = tuple(sorted({symbol for found in own.values() for symbol in found}))
    if not symbols:
        raise InputError(f"no portfolio has a symbol on {traded.name}: there is nothing to watch.")
    holders = {name: one for name, one in portfolios.items() if own[name]}
    benchmarks = frozenset(one.benchmark for one in holders.values() if one.benchmark in symbols)
    return Wanted(traded, session, holders, symbols, frozenset(filter(None, benchmarks)))


def _on(portfolio: Portfolio, exchange: str) -> list[str]:
    calendars = portfolio.calendars
    return [symbol for symbol in portfolio.watched if calendars[symbol] == exchange]


def exchanges(context: Context, names: Sequence[str]) -> list[str]:
    """The exchanges that portfolios have symbols on, by name; those of files that cannot be used are not."""
    return sorted({name for one in read(context, names, alone=False).values() for name in one.exchanges})


def read(context: Context, names: Sequence[str], *, alone: bool = True) -> dict[str, Portfolio]:
    """The portfolios by name; `alone`: the only one must be right."""
    found: dict[str, Portfolio] = {}
    for name in names:
        try:
            one = holdings_files.current(context, name)
        except InputError as error:
            if alone and len(names) == 1:
                raise
            log.warning("portfolio %s is not watched: %s", name, error)
            continue
        found[one.name] = one
    return found
