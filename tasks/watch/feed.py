"""Minute bars for the watch: from a source's answer to rows of symbol and minute."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quant.intraday.bars import SPLIT, Bars
from tasks.context.context import Context
from tasks.ingest.vendor_request import ask
from tasks.sources import Delivery, Request, SymbolError
from tasks.watch.wanted import Wanted

COLUMNS = ("open", "high", "low", "close", "volume", "split")


@dataclass
class Feed:
    """The minutes of one source. `split` has the shape (symbols,): splits that are known before the open.

    `errors` are those of the last answer, by symbol.
    """

    context: Context
    wanted: Wanted
    source: str
    split: np.ndarray
    errors: dict[str, SymbolError] = field(default_factory=dict)

    def bars(self, since: datetime, until: datetime) -> Bars:
        """What the source has of the minutes from `since` to `until` (UTC); what it lacks is in `errors`."""
        wanted, day = self.wanted, self.wanted.session
        delivery = ask(
            self.context,
            self.source,
            Request(
                wanted.symbols, day, day, calendars=dict.fromkeys(wanted.symbols, wanted.calendar.name),
                interval="1m", since=since, until=until,
            ),
        )  # fmt: skip
        self.errors = {one.symbol: one for one in delivery.errors}
        return rows(delivery, wanted, self.split)

    def whole(self) -> Bars:
        """What the source has of the session."""
        begin = self.wanted.moment(0).replace(tzinfo=UTC)
        end = self.wanted.moment(len(self.wanted.minutes) - 1).replace(tzinfo=UTC) + timedelta(minutes=1)
        return self.bars(begin, end)


def rows(delivery: Delivery, wanted: Wanted, split: np.ndarray) -> Bars:
    """The bars of a delivery that lie in the session; those of other minutes and symbols are left out.

    A split that the symbol's daily actions tell already is not counted a second time.
    """
    table = delivery.bars
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
