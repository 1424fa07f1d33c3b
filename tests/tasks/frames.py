"""Deliveries as pandas writes yfinance's frames, in folders that are named for their instants."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

FIELDS = ("Price", "Close", "High", "Low", "Open", "Volume")
Bars = Mapping[str, Mapping[date, float]]
"""Closes by symbol and session; opens equal them, highs and lows lie 1 beyond."""


def write_frame(
    folder: Path,
    symbol: str,
    closes: Mapping[date, float],
    *,
    fields: Sequence[str] = FIELDS,
    ticker: str | None = None,
    ticker_lines: int = 2,
    volume: float = 1000.0,
) -> Path:
    """One symbol's file; the adjusted close equals the close."""
    folder.mkdir(parents=True, exist_ok=True)
    empty = "," * len(fields)
    lines = [",".join(["Price", *fields])]
    lines += [",".join(["Ticker", *[ticker or symbol] * len(fields)])] * ticker_lines
    lines += [f"Date{empty}"]
    for day, close in closes.items():
        cells = {"High": close + 1, "Low": close - 1, "Volume": volume}
        lines.append(",".join([f"{day} 00:00:00", *(str(cells.get(field, close)) for field in fields)]))
    file = folder / f"{symbol}.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def write_delivery(archive: Path, instant: str, bars: Bars) -> Path:
    """A whole delivery, with a note beside the data."""
    folder = archive / instant
    for symbol, closes in bars.items():
        write_frame(folder, symbol, closes)
    (folder / "README.txt").write_text("no data\n")
    return folder
