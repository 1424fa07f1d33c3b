"""The head of a CSV file as pandas writes yfinance's frames, read by its documented meaning or refused.

A line of fields (`Price,Adj Close,Close,High,Low,Open,Volume`), one or two lines of the symbol
(`Ticker,SPY,SPY,SPY,SPY,SPY,SPY`) and a line `Date,,,,,,` stand above the data. The first cell of the first
line names no field; as a field, Price is the adjusted close.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from quant.errors import InputError

FIELDS = {
    "Price": "adj_close",
    "Adj Close": "adj_close",
    "Close": "close",
    "High": "high",
    "Low": "low",
    "Open": "open",
    "Volume": "volume",
}
LAYOUT = "a frame has the fields Close, High, Low, Open, Volume, and Price or Adj Close as the adjusted close"
NO_TRADED_PRICES = (
    "without it open, high, low and close are themselves adjusted for dividends, and nobody traded at them; "
    "deliver it with auto_adjust=False"
)


@dataclass(frozen=True)
class Frame:
    """`names` are the file's columns in order, `columns` Ballast's names → the file's; `lines` precede."""

    names: tuple[str, ...]
    columns: dict[str, str]
    lines: int


def read_frame(path: Path) -> Frame | None:
    """The head of a frame; None for a CSV file of another layout.

    Raises:
        InputError: a field is missing, unknown or there twice, or the symbol is not the file's name.
    """
    with path.open(encoding="utf-8-sig", newline="") as text:
        first, *others = [*islice(csv.reader(text), 4), list[str]()]
    tickers = list(takewhile(lambda line: line[:1] == ["Ticker"], others))
    if first[:1] != ["Price"] or not tickers:
        return None
    day = others[len(tickers)]
    if day[:1] != ["Date"]:
        label = day[0] if day else "nothing at all"
        raise InputError(
            f"{path}: the line below Ticker begins with {label!r}, not Date: only daily frames are read"
        )
    names = ("Date", *first[1:])
    columns = _columns(path, first[1:])
    for symbol in {cell for line in tickers for cell in line[1:]} - {path.stem}:
        raise InputError(
            f"{path} names the symbol {symbol!r} in its line Ticker: a frame holds the one symbol that its "
            "file is named for"
        )
    return Frame(names, columns, 2 + len(tickers))


def _columns(path: Path, fields: Sequence[str]) -> dict[str, str]:
    columns = {"session": "Date"}
    for field in fields:
        name = FIELDS.get(field)
        if name is None:
            raise InputError(f"{path} has the unknown field {field!r}: {LAYOUT}")
        if name in columns:
            raise InputError(f"{path} has two fields for {name} ({columns[name]!r} and {field!r}): keep one")
        columns[name] = field
    missing = [field for field, name in FIELDS.items() if name not in columns]
    if "adj_close" not in columns:
        raise InputError(f"{path} lacks the adjusted close, a field Price or Adj Close: {NO_TRADED_PRICES}")
    if missing:
        raise InputError(f"{path} lacks the field {', '.join(missing)}: {LAYOUT}")
    return columns
