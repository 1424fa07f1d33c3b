"""Draws docs/img/coverage.png: `ballast data status` over real closes with holes made into them.

python docs/coverage_picture.py
"""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
from digest_picture import photograph
from rich.console import Console

from config import settings
from flows.commands import calls
from flows.terminal import coverage
from tasks.ingest.coverage import status
from tasks.sources import Request, bundled

TARGET = Path(__file__).parent / "img" / "coverage.png"
SYMBOLS = ("AAPL", "BAC", "GE", "HD", "JNJ", "KO", "MSFT", "XOM")
TOLD = datetime(2022, 12, 29, 6, 0, tzinfo=UTC)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = calls.context(settings.load(Path(folder) / "home"), "a picture")
        prices = Path(folder) / "prices.parquet"
        spoilt().to_parquet(prices, index=False)
        calls.load(context, prices, TOLD, "files:prices.parquet", "XNYS", watch=False)
        found = status(context, None, None, "XNYS")
        console = Console(record=True, width=100, file=(Path(folder) / "out").open("w"), highlight=False)
        console.print("[bold]$ ballast data status[/]")
        for line in coverage.render(found, 100, every=False):
            console.print(line, soft_wrap=True)
        photograph(console, TARGET, width=920, hidden=str(Path.cwd()))


def spoilt() -> pd.DataFrame:
    """The bundled closes: one symbol listed late, one cut short, two with holes, one price in cents."""
    delivery = bundled.fetch(Request(SYMBOLS, date(2005, 1, 3), date(2022, 12, 28)))
    frame = delivery.bars.to_pandas()
    day = pd.to_datetime(frame["session"])
    lost = (
        ((frame["symbol"] == "GE") & (day < "2011-06-01"))
        | ((frame["symbol"] == "KO") & (day > "2021-03-31"))
        | ((frame["symbol"] == "BAC") & day.between("2008-09-15", "2009-03-31"))
        | ((frame["symbol"] == "JNJ") & (day.dt.month == 8) & (day.dt.year > 2013) & (day.dt.day < 9))
    )
    cents = (frame["symbol"] == "HD") & (day == "2019-06-18")
    frame.loc[cents, ["open", "high", "low", "close"]] *= 100
    return frame[~lost]


if __name__ == "__main__":
    main()
