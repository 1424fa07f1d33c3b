"""Which day a row is of: the date as it is written, or that of its instant where its symbol is traded.

A date alone, or at midnight as it is written, is the name of a session. An instant at another time (22:00Z is
midnight of Paris in summer) is a day only in the zone of the exchange: cut off as it is written it would be
the day before, and a close would be known a day too soon.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from config.calendars import Calendar

Exchange = Callable[[str], str | None]
"""The calendar of a symbol; None where nobody has said it."""

STAMP = (
    r"^\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?"
    r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d(:?[0-5]\d)?)?)?)?$"
)
TIMED = re.compile(r".{10}[T ](?!00:00(:00([.,]0+)?)?(Z|[+-]|$))")
"""What begins with a date and a time of day that is not midnight."""


class Unplaced(Exception):  # noqa: N818 -- no caller sees it: the reader says in which file
    """Why the day of a row cannot be known, and the row's number, from 0."""

    def __init__(self, row: int, why: str) -> None:
        super().__init__(why)
        self.row = row


MOST = 2
"""Moments of one day that a bar of it may have: yfinance gives the newest one twice during its session."""


class WithinDays(Exception):  # noqa: N818 -- as above
    """That a symbol's rows stand within its days, so that they are no daily bars."""

    def __init__(self, symbol: str, day: date, moments: int) -> None:
        super().__init__(f"{moments} instants of {symbol} on {day}")


def as_written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The dates (date32) that stand in a column, without any time of day, in the zone that the file gives.

    Raises:
        ArrowInvalid: a cell is missing or no date.
    """
    if column.null_count:
        raise pa.ArrowInvalid("missing")
    if pa.types.is_date(column.type):
        return column.cast(pa.date32())
    if pa.types.is_timestamp(column.type):
        local = pc.local_timestamp(column) if column.type.tz else column
        return local.cast(pa.date32(), safe=False)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        raise pa.ArrowInvalid("a number is no date")
    # Days repeat for every symbol: parse each different text once.
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    text = pc.utf8_trim_whitespace(encoded.dictionary)
    if not pc.all(pc.match_substring_regex(text, STAMP), min_count=0).as_py():
        raise pa.ArrowInvalid("not ISO 8601")
    parsed = pc.utf8_slice_codeunits(text, 0, 10).cast(pa.date32())
    return pa.chunked_array([parsed.take(encoded.indices)])


def on_exchange(
    column: pa.ChunkedArray, symbols: pa.ChunkedArray, exchange: Exchange, asked: Collection[str] | None
) -> pa.ChunkedArray:
    """The day of each row (date32): as written, but an instant's on the exchange of the row's symbol.

    Rows of symbols that nobody asked for (`asked` None: all are) stay as written.

    Raises:
        ArrowInvalid: as `as_written`.
        Unplaced: the exchange of an instant is unknown, or a time of day without a zone would be midnight
            there if it were of UTC.
        WithinDays: a symbol has more than `MOST` instants of one day.
    """
    written = as_written(column)
    row, moments = _timed(column)
    if not any(moments):
        return written
    days = written.to_numpy().astype("datetime64[D]")
    timed = np.array([moment is not None for moment in moments])[row]
    encoded = pc.fill_null(symbols, "").combine_chunks().dictionary_encode()
    number = encoded.indices.to_numpy()
    for place, symbol in enumerate(encoded.dictionary.to_pylist()):
        rows = np.flatnonzero(timed & (number == place))
        if rows.size and (asked is None or symbol in asked):
            days[rows] = _days(moments, row[rows], rows, symbol, exchange(symbol))
    return pa.chunked_array([pa.array(days, pa.date32())])


def _days(
    moments: list[datetime | None],
    wanted: npt.NDArray[np.intp],
    rows: npt.NDArray[np.intp],
    symbol: str,
    calendar: str | None,
) -> npt.NDArray[np.datetime64]:
    """The days of a symbol's timed rows: `moments` of the numbers `wanted`."""
    different, place = np.unique(wanted, return_inverse=True)
    own = [moment for number in different.tolist() if (moment := moments[number])]
    aware = any(moment.tzinfo for moment in own)
    if calendar is None and aware:
        raise Unplaced(int(rows[0]), f"is an instant, and the exchange of {symbol} is not known")
    if calendar is None:
        return np.array([moment.date() for moment in own], "datetime64[D]")[place]
    exchange = Calendar(calendar)
    try:
        if not aware and all(_is_midnight(moment, exchange) for moment in own):
            why = f"names no zone, and would be midnight of {calendar} if it were of UTC"
            raise Unplaced(int(rows[0]), why)
        found = [exchange.day_of(moment) if moment.tzinfo else moment.date() for moment in own]
    except OverflowError:
        raise Unplaced(int(rows[0]), "or an instant below it lies beyond every calendar") from None
    ((fullest, moments_of_it),) = Counter(found).most_common(1)
    if moments_of_it > MOST:
        raise WithinDays(symbol, fullest, moments_of_it)
    return np.array(found, "datetime64[D]")[place]


def _is_midnight(moment: datetime, exchange: Calendar) -> bool:
    return moment.replace(tzinfo=UTC).astimezone(exchange.zone).time() == time()


def _timed(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.intp], list[datetime | None]]:
    """For each row the number of its moment, and the different moments: None for a mere date."""
    if pa.types.is_date(column.type):
        return np.zeros(len(column), np.intp), [None]
    if pa.types.is_timestamp(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        values = encoded.dictionary.cast(pa.timestamp("us", column.type.tz), safe=False).to_pylist()
        moments = [value if value.time() != time() else None for value in values]
    else:
        encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
        texts = [text.strip() for text in encoded.dictionary.to_pylist()]
        moments = [datetime.fromisoformat(text) if TIMED.match(text) else None for text in texts]
    return encoded.indices.to_numpy().astype(np.intp), moments
