"""What another source says of a fall that is not confirmed yet: by the fallbacks that portfolios name."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from config.portfolio import Portfolio
from quant.errors import BallastError
from quant.intraday.bars import CLOSE, Bars
from quant.intraday.saved import Flags, Floats
from tasks.context.context import Context
from tasks.context.patience import Patience
from tasks.ingest.vendor_request import ask
from tasks.sources import Request, resolve
from tasks.watch.feed import rows
from tasks.watch.wanted import Wanted

log = logging.getLogger(__name__)

PATIENCE = Patience(tries=1, request=5.0, symbol=5.0, total=10.0)
"""Short: people wait for the message."""
MOST = 10
"""So many symbols are asked for in a minute at most."""
FRESH = 2
"""A price of so many minutes before counts."""


@dataclass
class Second:
    """The second source of each symbol, asked only about open falls that are not confirmed.

    `source` is the first one, which is not asked again. Without one, or where it fails, nothing is known.
    """

    context: Context
    wanted: Wanted
    source: str
    sources: dict[str, str] = field(init=False)
    bars: list[Bars] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find whom to ask for each symbol: the first fallback with minute bars of its portfolio."""
        self.context = replace(self.context, patience=PATIENCE)
        found: dict[str, str] = {}
        for one in self.wanted.portfolios.values():
            for name in self._fallbacks(one):
                found = dict.fromkeys(one.watched, name) | found
        self.sources = {symbol: found[symbol] for symbol in self.wanted.symbols if symbol in found}

    def ask(self, doubtful: Flags, number: int, until: datetime) -> None:
        """Ask for the last minutes up to one of the symbols in `doubtful`, shape (symbols,)."""
        self.bars = []
        symbols = [
            symbol
            for place in np.flatnonzero(doubtful)
            if (symbol := self.wanted.symbols[place]) in self.sources
        ][:MOST]
        since = self.wanted.moment(max(number - FRESH, 0)).replace(tzinfo=UTC)
        for name in dict.fromkeys(self.sources[symbol] for symbol in symbols):
            own = tuple(symbol for symbol in symbols if self.sources[symbol] == name)
            try:
                self.bars.append(self._answer(name, own, since, until))
            except (BallastError, OSError) as error:
                log.warning("%s was not asked about a fall: %s", name, error)

    def prices(self, number: int) -> Floats:
        """The last price of each symbol up to a minute, shape (symbols,); NaN where none is known."""
        found = np.full(len(self.wanted.symbols), np.nan)
        for bars in self.bars:
            use = np.flatnonzero((bars.minute <= number) & (bars.minute >= number - FRESH))
            use = use[np.argsort(bars.minute[use], kind="stable")]
            found[bars.symbol[use]] = bars.values[CLOSE, use]
        return found

    def _fallbacks(self, portfolio: Portfolio) -> Iterator[str]:
        """The first one that can be asked, if any."""
        for name in portfolio.data.fallback:
            try:
                found = resolve(name)
            except BallastError as error:
                log.warning("fallback %s of %s is not asked about falls: %s", name, portfolio.name, error)
                continue
            if "1m" in found.source.INTERVALS and found.name != self.source:
                yield found.name
                return

    def _answer(self, name: str, symbols: tuple[str, ...], since: datetime, until: datetime) -> Bars:
        day, calendars = self.wanted.session, dict.fromkeys(symbols, self.wanted.calendar.name)
        request = Request(symbols, day, day, calendars=calendars, interval="1m", since=since, until=until)
        return rows(ask(self.context, name, request).bars, self.wanted, np.ones(len(self.wanted.symbols)))
