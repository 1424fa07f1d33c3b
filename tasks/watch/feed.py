"""Minute bars for the watch: from a source's answers and its stream to rows of symbol and minute."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quant.intraday.bars import SPLIT, Bars
from tasks.context.context import Context
from tasks.ingest.vendor_request import ask
from tasks.run.plan import check_source
from tasks.sources import Request, Stream, Streaming, SymbolError, resolve
from tasks.sources._access import access
from tasks.watch.wanted import Wanted

QUIET = timedelta(minutes=3)
"""A symbol without a trade for longer is asked for: perhaps the stream does not tell it."""
REQUESTS = 3
"""So many requests a symbol may take of the vendor's budget."""


class Minutes(Protocol):
    """What a watch reads its bars from; `errors` by symbol are those of the last answer."""

    errors: dict[str, SymbolError]

    def bars(self, since: datetime, until: datetime) -> Bars: ...


COLUMNS = ("open", "high", "low", "close", "volume", "split")


def checked(context: Context, wanted: Wanted, source: str | None) -> str:
    """The name of the source of the minutes; None: the one that Ballast is set to.

    Raises:
        InputError: it is not right, or has no minute bars.
    """
    calendars = dict.fromkeys(wanted.symbols, wanted.calendar.name)
    return check_source(context, source, wanted.symbols, wanted.session, calendars, "1m")


@dataclass
class Feed:
    """The minutes of one source. `split` has the shape (symbols,): splits that are known before the open.

    With a `stream` its trades make the minutes. The source is asked besides: for all symbols where the
    connection was lost meanwhile, else for those without a trade in three minutes; for at most `most` of
    them at a time, those first that were asked longest ago. Of two bars of a minute the fuller one counts.
    `errors` are those of the last answer, by symbol; `asked` has who was asked, the last ones at its end.
    """

    context: Context
    wanted: Wanted
    source: str
    split: np.ndarray
    stream: Stream | None = None
    most: int = 0
    errors: dict[str, SymbolError] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)

    @classmethod
    def live(cls, context: Context, wanted: Wanted, source: str, split: np.ndarray) -> "Feed":
        """Of minutes as they happen, with the source's stream where it has one; see `close`."""
        module = resolve(source).source
        found = access(context.settings, source)
        if not found.stream:
            return cls(context, wanted, source, split)
        rates = [one.requests * 60 / one.seconds for one in found.budget]
        most = max(1, int(min(rates) / REQUESTS)) if rates else len(wanted.symbols)
        stream = cast("Streaming", module).stream(found.stream, wanted.symbols, context.now)
        return cls(context, wanted, source, split, stream, most)

    def bars(self, since: datetime, until: datetime) -> Bars:
        """What there is of the minutes from `since` to `until` (UTC); what is lacking is in `errors`."""
        if self.stream is None:
            return rows(self._answer(self.wanted.symbols, since, until), self.wanted, self.split)
        told = self.stream.bars(since, until)
        owed = self._owed(self.stream, since, until)
        self.errors = {}
        asked = self._answer(owed, since, until) if owed else told.slice(0, 0)
        return rows(pa.concat_tables([told, asked]), self.wanted, self.split)

    def whole(self) -> Bars:
        """What the source has of the session."""
        begin = self.wanted.moment(0).replace(tzinfo=UTC)
        end = self.wanted.moment(len(self.wanted.minutes) - 1).replace(tzinfo=UTC) + timedelta(minutes=1)
        return self.bars(begin, end)

    def close(self) -> None:
        """End the stream, if any."""
        if self.stream is not None:
            self.stream.close()

    def _answer(self, symbols: Sequence[str], since: datetime, until: datetime) -> pa.Table:
        wanted, day = self.wanted, self.wanted.session
        delivery = ask(
            self.context,
            self.source,
            Request(
                tuple(symbols), day, day, calendars=dict.fromkeys(symbols, wanted.calendar.name),
                interval="1m", since=since, until=until,
            ),
        )  # fmt: skip
        self.errors = {one.symbol: one for one in delivery.errors}
        return delivery.bars

    def _owed(self, stream: Stream, since: datetime, until: datetime) -> list[str]:
        """The symbols to ask the source for besides the stream, in order."""
        found = [*self.wanted.symbols]
        if stream.whole(since, until):
            last, open_ = stream.last(), self.wanted.moment(0).replace(tzinfo=UTC)
            found = [one for one in found if until - max(last.get(one, open_), open_) > QUIET]
        turns = {one: turn for turn, one in enumerate(self.asked)}
        chosen = sorted(found, key=lambda one: turns.get(one, -1))[: self.most]
        for one in chosen:  # the last ones now
            self.asked.pop(one, None)
            self.asked[one] = None
        return chosen


def rows(table: pa.Table, wanted: Wanted, split: np.ndarray) -> Bars:
    """The bars of a table (MINUTES) that lie in the session; those of other minutes and symbols are left out.

    A split that the symbol's daily actions tell already is not counted a second time.
    """
    column = pc.index_in(table["symbol"], pa.array(wanted.symbols, pa.string()))
    symbol = column.fill_null(-1).to_numpy().astype(np.intp)
    minute = wanted.number(table["instant"].to_numpy().astype("datetime64[us]"))
    use = (symbol >= 0) & (minute >= 0)
    values = np.array([table[name].to_numpy().astype(float)[use] for name in COLUMNS])
    symbol, minute = symbol[use], minute[use].astype(np.intp)
    values[SPLIT] = np.where(split[symbol] != 1, np.nan, values[SPLIT])
    return Bars(symbol, minute, values)


def until(bars: Bars, number: int, after: int) -> Bars:
    """Those of the minutes `after` < minute <= `number`."""
    use = (bars.minute <= number) & (bars.minute > after)
    return Bars(bars.symbol[use], bars.minute[use], bars.values[:, use])
