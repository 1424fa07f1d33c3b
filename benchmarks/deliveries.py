"""What real deliveries bring, one after the other: versions, gaps, refusals, and what was known then."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks._sheet import Sheet, Table
from config.calendars import Calendar
from config.settings import Settings
from flows import clock
from flows.commands import calls
from quant.errors import InputError
from tasks.context.context import Context
from tasks.context.instants import deliveries, instant_of
from tasks.data.load import Loaded
from tasks.sources import BARS

PAGE = "deliveries.md"
ROOT = Path(__file__).parent.parent
CLOSE = 1e-6  # relative
ALL = ("Price", "Close", "High", "Low", "Open", "Volume")
FIELDS = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}

ABOUT = """A vendor's archive was loaded delivery by delivery with `ballast data load`, each as known at its
own instant. Then `ballast data export` wrote what was known at each of these instants.

- *New*: rows of sessions that were not stored before.
- *Restated*: rows with a value that differs from the stored one; *by field* counts these values.
- *Quarantined*: rows that the data check rejected.
- *Missing*: sessions of the exchange that a symbol lacks since its own first session.
- *Exact*: the export holds exactly the delivery's symbols and, from the delivery's first session on,
  exactly its rows, with every value within 1e-6 (relative).

What earlier deliveries said of older sessions stays stored. A vendor that no longer delivers a session has
not withdrawn it."""


@dataclass(frozen=True)
class Outcome:
    """One delivery: what it brought, or why it was refused; whether its instant gives it back."""

    name: str
    loaded: Loaded | None
    rows: int
    exact: bool
    refusal: str = ""


def measure(*, quick: bool) -> Sheet:
    """The real deliveries; quick: four that are made up, one of another schema."""
    with TemporaryDirectory() as folder:
        archive = _made_up(Path(folder) / "archive") if quick else _real()
        context = Context(Settings(home=Path(folder) / "home"), clock.now, clock.sleep, "benchmark")
        outcomes = feed(context, archive)
    refused = [f"{one.name}: {one.refusal}" for one in outcomes if not one.loaded]
    return Sheet("What each delivery brought", [ABOUT, _table(outcomes), "Refused as a whole:", *refused])


def feed(context: Context, archive: Path) -> list[Outcome]:
    """Load every delivery of the archive, oldest first; then compare each with the export at its instant."""
    loaded = {path: _load(context, path) for path in deliveries(archive)}
    return [
        Outcome(path.name, found, _told(path).num_rows, _is_exact(context, path))
        if isinstance(found, Loaded)
        else Outcome(path.name, None, 0, exact=False, refusal=found)
        for path, found in loaded.items()
    ]


def _load(context: Context, path: Path) -> Loaded | str:
    try:
        return calls.load(context, path, None, None, "XNYS", watch=False)
    except InputError as error:
        return str(error).replace(f"{path.resolve()}{os.sep}", "")


def _is_exact(context: Context, path: Path) -> bool:
    told, instant = _told(path), instant_of(path)
    assert instant is not None
    out = context.home / f"{path.name}.parquet"
    calls.export(context, instant, out, None, adjusted=False, watch=False)
    known = pq.read_table(out)
    known = known.filter(pc.greater_equal(known["session"], pc.min(told["session"])))
    keys = ["symbol", "session"]
    if not known.select(keys).equals(told.select(keys)):
        return False
    return all(
        np.allclose(known[name], told[name], rtol=CLOSE, atol=0, equal_nan=True) for name in FIELDS.values()
    )


def _told(path: Path) -> pa.Table:
    """A delivery's rows by symbol and session, read with nothing of Ballast's."""
    rows = []
    for file in sorted(path.glob("*.csv")):
        lines = [line.split(",") for line in file.read_text().splitlines()]
        places = {name: lines[0].index(own, 1) for own, name in FIELDS.items()}
        for line in lines:
            if line[0][:1].isdigit():
                values = {name: float(line[place]) for name, place in places.items()}
                rows.append({"symbol": file.stem, "session": date.fromisoformat(line[0][:10]), **values})
    return pa.Table.from_pylist(rows, BARS).sort_by([("symbol", "ascending"), ("session", "ascending")])


def _table(outcomes: Sequence[Outcome]) -> Table:
    counted = (">symbols", ">rows", ">new", ">restated", "by field", ">quarantined", ">missing")
    return Table(("delivery", *counted, "exact"), [_row(one) for one in outcomes])


def _row(one: Outcome) -> tuple[str, ...]:
    if one.loaded is None:
        return one.name, "refused", *[""] * 7
    found = one.loaded
    fields = ", ".join(f"{count} {name}" for name, count in found.restated.items() if count)
    counts = (len(found.symbols), one.rows, found.rows_new, found.rows_restated)
    after = (str(found.rows_quarantined), str(len(found.missing)), "yes" if one.exact else "**no**")
    return one.name, *map(str, counts), fields, *after


def _real() -> Path:
    archive = Path(os.environ.get("BALLAST_TEST_DATA", ROOT.parent / "shared" / "data")) / "etf_deliveries"
    if not archive.is_dir():
        raise InputError(f"no deliveries at {archive}: set BALLAST_TEST_DATA to the folder of etf_deliveries")
    return archive


def _made_up(archive: Path) -> Path:
    """Another schema; three sessions; a fourth with a restated volume; the same again at the weekend."""
    days = Calendar("XNYS").window(date(2025, 9, 5), 4)
    evening = datetime(2025, 9, 4, 22, tzinfo=UTC)
    _write(archive, evening - timedelta(days=1), days[:2], fields="Close,High,Low,Open,Volume")
    _write(archive, evening, days[:3])
    _write(archive, evening + timedelta(days=1), days, volume=2)
    _write(archive, evening + timedelta(days=2), days, volume=2)
    return archive


def _write(
    archive: Path, told: datetime, days: Sequence[date], volume: int = 1, fields: str = ",".join(ALL)
) -> None:
    folder = archive / f"{told:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    count = len(fields.split(","))
    for symbol in ("AAA", "BBB"):
        head = [f"Price,{fields}", ",".join(["Ticker", *[symbol] * count]), "Date" + "," * count]
        rows = [f"{day},{'10.0,' * (count - 1)}{volume if day == days[-2] else 1}" for day in days]
        (folder / f"{symbol}.csv").write_text("\n".join([*head, *rows]) + "\n")
