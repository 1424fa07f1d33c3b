"""Real series that the installed packages carry: no network and no key needed, and nobody can trade at them.

They are read as files, because importing `arch` or `skfolio` takes seconds.
"""

from collections.abc import Sequence
from datetime import date
from importlib.metadata import distribution

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery, Request, SymbolError
from tasks.sources._digest import digest
from warehouse.tables.batches import Interval

LOCATED = False
INTERVALS: tuple[Interval, ...] = ("1d",)
VENDOR = None
INDICES = {"^GSPC": "arch/data/sp500/sp500.csv.gz", "^IXIC": "arch/data/nasdaq/nasdaq.csv.gz"}
OIL = "DCOILWTICO"  # West Texas Intermediate under FRED's name: on an exchange, WTI is something else
SPOT = "arch/data/wti/wti.csv.gz"
STOCKS = "skfolio/datasets/data/sp500_dataset.csv.gz"
ILLUSTRATION = (
    "bundled series for illustration: index levels, an oil spot price and dividend-adjusted stock closes, "
    "at which nobody can buy"
)


def begins(request: Request) -> date | None:
    """The first session of any asked symbol; None when none of them is bundled."""
    first: date | None = pc.min(_series(request.symbols)["session"]).as_py()
    return first


def fetch(request: Request) -> Delivery:
    """The asked sessions of the asked series; `digest` is over these rows.

    The stocks' closes are adjusted for splits and dividends, so their price returns are total returns; index
    levels and the spot price know no distributions. One of those among the asked makes the whole "price".
    """
    series = _series(request.symbols)
    bars = parse(series, request)
    missing = set(request.symbols) - set(bars["symbol"].to_pylist())
    errors = tuple(_missing(symbol, series) for symbol in request.symbols if symbol in missing)
    for number, symbol in enumerate(request.symbols, start=1):
        request.progress(number, len(request.symbols), symbol)
    total = not {*INDICES, OIL} & set(request.symbols)
    return Delivery(
        bars,
        ACTIONS.empty_table(),
        ADJUSTED.empty_table(),
        errors,
        digest(bars),
        returns="total" if total else "price",
        illustration=ILLUSTRATION,
    )


def parse(series: pa.Table, request: Request) -> pa.Table:
    """The rows of the asked range; `series` and the result have the schema BARS."""
    asked = pc.less_equal(series["session"], pa.scalar(request.end))
    if request.start:
        asked = pc.and_(asked, pc.greater_equal(series["session"], pa.scalar(request.start)))
    return series.filter(asked)


def _series(symbols: Sequence[str]) -> pa.Table:
    """Everything there is of `symbols`, in the schema BARS and in the order asked."""
    stocks = _read("skfolio", STOCKS, "%Y-%m-%d")
    tables = [BARS.empty_table()]
    for symbol in symbols:
        if symbol in INDICES:
            tables.append(_bars(symbol, _read("arch", INDICES[symbol], "%m/%d/%Y")))
        elif symbol == OIL:
            tables.append(_bars(symbol, _oil(stocks["date"])))
        elif symbol in stocks.column_names[1:]:
            tables.append(_bars(symbol, stocks.select(["date", symbol]).rename_columns(["date", "close"])))
    return pa.concat_tables(tables)


def _oil(trading_days: pa.ChunkedArray) -> pa.Table:
    """The spot price on the days on which stocks traded, known from 1990 to 2022.

    FRED also has prices on holidays of the exchange (2007-01-02): there is no session on them, so they are no
    bars; and on some sessions it has none (a dot): these are left out and count as stale.
    """
    oil = _read("arch", SPOT, "%m/%d/%Y").rename_columns(["date", "close"])
    return oil.filter(pc.and_(pc.is_in(oil["date"], trading_days.combine_chunks()), oil["close"].is_valid()))


def _bars(symbol: str, table: pa.Table) -> pa.Table:
    """In the schema BARS; a column that the series lacks is NULL."""
    columns = {name: table[name] for name in table.column_names}
    columns |= {"symbol": pa.repeat(pa.scalar(symbol), table.num_rows), "session": table["date"]}
    absent = pa.nulls(table.num_rows, pa.float64())
    return pa.table(
        [columns.get(name, absent).cast(BARS.field(name).type) for name in BARS.names], schema=BARS
    )


def _read(package: str, path: str, dates: str) -> pa.Table:
    """One of the packages' CSV files, column names in lower case unless they are symbols."""
    table = csv.read_csv(
        str(distribution(package).locate_file(path)),
        convert_options=csv.ConvertOptions(
            column_types={"Date": pa.timestamp("s")}, timestamp_parsers=[dates], null_values=["."]
        ),
    )
    return table.rename_columns([name if name.isupper() else name.lower() for name in table.column_names])


def _missing(symbol: str, series: pa.Table) -> SymbolError:
    sessions = series["session"].filter(pc.equal(series["symbol"], symbol))
    if not len(sessions):
        bundled = f"{', '.join(INDICES)}, {OIL} and 20 US stocks"
        return SymbolError(symbol, "empty", f"not bundled; there are {bundled}")
    span = pc.min_max(sessions).as_py()
    return SymbolError(symbol, "empty", f"bundled from {span['min']} to {span['max']} only")
