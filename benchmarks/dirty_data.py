"""What the checks find of real and of injected errors, how it is repaired, and what they say of good data."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from arch.data import nasdaq, sp500, wti
from skfolio.datasets import load_sp500_dataset

from benchmarks import _injected
from benchmarks._injected import Prices
from benchmarks._market import generate, weekdays
from benchmarks._sheet import Sheet, Table
from quant import faults
from quant.errors import InputError
from tasks.data.check_files import Flaw, examine
from tasks.sources import BARS

PAGE = "dirty-data.md"
ROOT = Path(__file__).parent.parent
LIKE = 1e-4  # relative: the twins went through 32-bit floats
FIELDS = {
    "Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume",
    "Dividends": "dividend", "Stock Splits": "split",
}  # fmt: skip
CUTS = 100
INDICES = (sp500, nasdaq)

CASES = f"""Real histories from Yahoo with errors, each beside its corrected file from yfinance's tests,
through `ballast data check`.

- *Found*: the kinds of error, each with the number of rows and their sessions.
- *Rows that differ*: those on which a price, volume, dividend or split differs from the corrected file by
  more than {LIKE:g} (relative).
- *Of these found*: how many of the rows that differ were found.
- *Proposed*: values that Ballast would put in place of the wrong ones. *As corrected*: how many of these
  equal the corrected file within {LIKE:g} (relative).
- *Also in the corrected file*: findings that the corrected file has as well. They are not in *found*;
  the next table lists them.

A row on which only the vendor's adjusted close is wrong is reported as `dividend_not_adjusted` and is not
rejected, because Ballast never computes with the vendor's adjusted close."""

UNREPAIRED = """No value is proposed where the prices allow more than one answer:

- *SCR-TO*: a dividend of 100 times the right amount, which the adjusted close counts as well. The
  right amount may be a hundredth, or the dividend may not have been paid on that day at all. (The corrected
  file moves one of SCR-TO's three to the next day, with its amount unchanged.) Where the dividends before
  and after show the usual amount, a value is proposed.
- *TENT-L*: the eleven dividends together show that they are too small. For a single one the prices do not
  show by how much.
- *Two equal dividends within a week*: the price decides which was paid. If it does not, the adjusted close
  decides, where it counts one of them. Otherwise the second is rejected, so that the sum is right.
- *SSW-JO*: 22 rows are at one price level and 7 at a hundredth of it. The file does not show which level is
  right, so all 29 are rejected until a person accepts one of them."""

GOOD = """What is found in the following files is a false alarm, or an error that the correction left in
place. Each corrected file was corrected in one respect only. These errors are left in them:

- closes and opens outside the day's own range (TENT-L, CLC-L, ADIG-L, SSW-JO and others);
- days without a price;
- six prices of CLC-L that are a hundredth of the others;
- two companies in the history of SCR-TO.

False alarms come from the move bound: on single stocks that really moved so far, and on ALPHA-PA, whose
price was one to three ticks. Such a close is held until the next one confirms it.

Not found are bars of etf_daily in which the vendor is known to have delivered one price as open, close and
high (VTI on 2008-09-19; VNQ, TLT, DBC and IEF on 2008-12-16). Their prices lie between those of the days
around them, and 979 bars of these funds have that form."""

PARTLY = """Two kinds are found only in part. A dividend reported as a hundredth is found where the
dividends before and after are alike and the price does not contradict it. A dividend reported a second time
between the regular days is found where four others show which days are regular."""

INJECTED = f"""{CUTS} random periods of {_injected.ROWS} sessions, from funds and indices whose prices are
good. One error of the kind is put into each, at a random place and of a random size. The rules know no
symbol, file or date.

- *Trials*: periods that can hold such an error.
- *Exact*: periods in which exactly the wrong rows are found, with the right kind, and nothing else.
- *Elsewhere*: findings on rows that are not wrong, or of another kind.
- *As the original*: how many of the proposed values equal the original value."""


@dataclass(frozen=True)
class Case:
    """One real case: what is found in the bad file and in its twin, and how both compare."""

    name: str
    found: Sequence[Flaw]
    in_twin: Sequence[Flaw]
    unlike: int
    covered: int
    proposed: int
    equal: int

    @property
    def own(self) -> list[Flaw]:
        """What the twin does not have."""
        return _only(self.found, self.in_twin)


def measure(*, quick: bool) -> Sheet:
    """All real cases and 100 injections a kind (quick: injections into a generated market)."""
    random = np.random.default_rng(20240102)
    if quick:
        cuts = [_injected.cut(one, random) for one in _generated()]
        return Sheet("Injected errors", [INJECTED, _injections(cuts, random)])
    folder = _folder()
    cases = [compare(path) for path in sorted((folder / "yahoo_dirty").glob("*-fixed.csv"))]
    series = [*_funds(folder / "etf_daily.parquet"), *_indices()]
    picks = random.integers(0, len(series), CUTS)
    cuts = [_injected.cut(series[pick], random) for pick in picks]
    parts: list[str | Table] = [CASES, _case_table(cases), UNREPAIRED, GOOD, _good_table(folder, cases)]
    return Sheet("What is found, and what is not", [*parts, INJECTED, _injections(cuts, random), PARTLY])


def compare(twin: Path) -> Case:
    """The case whose corrected file this is."""
    bad = twin.with_name(twin.name.replace("-fixed", ""))
    found, in_twin = _examine(bad), _examine(twin)
    mine, right = _read(bad), _read(twin)
    right = right.reindex(mine.index)
    differs = pd.DataFrame({
        name: ~np.isclose(mine[name], right[name], rtol=LIKE, atol=0, equal_nan=True)
        for name in FIELDS.values() if name in right
    }, index=mine.index)  # fmt: skip
    rows = set(differs.index[differs.any(axis=1)])
    told = {date.fromisoformat(one.session) for one in found}
    pairs = [
        (value, right[field].loc[date.fromisoformat(one.session)])
        for one in _only(found, in_twin)
        for field, value in (one.proposed or {}).items()
        if field in right
    ]
    equal = sum(bool(np.isclose(value, expected, rtol=LIKE, atol=0)) for value, expected in pairs)
    return Case(bad.stem, found, in_twin, len(rows), len(rows & told), len(pairs), equal)


def _examine(path: Path) -> list[Flaw]:
    """The findings in a file that is named for its symbol and for what is wrong with it."""
    with TemporaryDirectory() as folder:
        named = Path(folder) / f"{path.stem.partition('-1')[0]}{path.suffix}"
        shutil.copyfile(path, named)
        return examine(named, None)


def _only(found: Sequence[Flaw], in_twin: Sequence[Flaw]) -> list[Flaw]:
    known = {(one.session, one.kind) for one in in_twin}
    return [one for one in found if (one.session, one.kind) not in known]


def _read(path: Path) -> pd.DataFrame:
    """A file's rows by day, read with nothing of Ballast's."""
    frame = pd.read_csv(path)
    frame.index = pd.Index([pd.Timestamp(text).date() for text in frame.iloc[:, 0]])
    frame = frame.rename(columns=FIELDS)
    return frame[[name for name in FIELDS.values() if name in frame]]


def _case_table(cases: Sequence[Case]) -> Table:
    columns = (
        "case",
        "found (rows)",
        ">rows that differ",
        ">of these found",
        ">proposed",
        ">as corrected",
        ">also in the corrected file",
    )
    rows = [
        (
            one.name, _kinds(one.own) or "**nothing**", str(one.unlike), str(one.covered), str(one.proposed),
            str(one.equal), str(len(one.found) - len(one.own)),
        )
        for one in cases
    ]  # fmt: skip
    return Table(columns, rows)


def _kinds(found: Sequence[Flaw]) -> str:
    """Kinds with their counts and first and last rows."""
    ordered = sorted(found, key=lambda one: (one.kind, one.session))
    return ", ".join(_span(kind, list(rows)) for kind, rows in groupby(ordered, key=lambda one: one.kind))


def _span(kind: str, rows: Sequence[Flaw]) -> str:
    first, last = rows[0].session, rows[-1].session
    return f"{kind} ({len(rows)}: {first}{f' to {last}' if last != first else ''})"


def _good_table(folder: Path, cases: Sequence[Case]) -> Table:
    rows = []
    with TemporaryDirectory() as scratch:
        for name, path in _good_files(folder, Path(scratch)):
            found = _examine(path)
            rows.append((name, f"{_bars(path):,}", *_said(found)))
    for one in cases:
        path = folder / "yahoo_dirty" / f"{one.name}-fixed.csv"
        rows.append((f"{one.name}-fixed", f"{_bars(path):,}", *_said(one.in_twin)))
    return Table(("data", ">bars", ">found by fault rules", ">by other rules", "which"), rows)


def _said(found: Sequence[Flaw]) -> tuple[str, str, str]:
    by_rule = sum(one.rule in faults.rules() for one in found)
    words = ", ".join(f"{kind} {count}" for kind, count in Counter(one.kind for one in found).items())
    return str(by_rule), str(len(found) - by_rule), words


def _bars(path: Path) -> int:
    return pq.read_metadata(path).num_rows if path.suffix == ".parquet" else len(pd.read_csv(path))


def _good_files(folder: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    yield "etf_daily, 21 funds", folder / "etf_daily.parquet"
    for path in sorted((folder / "yahoo_dirty").glob("*no-bad-divs.csv")):
        yield path.stem, path
    for name, frame in (("^GSPC", sp500.load()), ("^IXIC", nasdaq.load())):
        frame.rename_axis("Date").to_csv(scratch / f"{name}.csv")
        yield f"arch's {name}", scratch / f"{name}.csv"
    for name, closes in (("wti", wti.load().dropna()), ("20 stocks", load_sp500_dataset())):
        path = scratch / f"{name}.parquet"
        pq.write_table(_closes(closes), path)
        yield {"wti": "arch's wti", "20 stocks": "skfolio's 20 stocks"}[name], path


def _closes(frame: pd.DataFrame) -> pa.Table:
    """Closing prices alone, with the columns of bars."""
    long = frame.rename_axis("session").reset_index().melt("session", var_name="symbol", value_name="close")
    long["session"] = long["session"].dt.date
    long[["open", "high", "low", "volume"]] = np.nan
    return pa.Table.from_pandas(long[BARS.names], BARS, preserve_index=False)


def _injections(cuts: Sequence[_injected.Cut], random: np.random.Generator) -> Table:
    rows = []
    for kind in _injected.KINDS:
        score = _injected.score(kind, cuts, random)
        words = (kind.__doc__ or "").rstrip(".")
        rows.append((words, *map(str, astuple(score))))
    columns = ("trials", "exact", "wrong rows", "found", "elsewhere", "proposed values", "as the original")
    return Table(("error", *(f">{name}" for name in columns)), rows)


def _funds(path: Path) -> list[Prices]:
    table = pq.read_table(path).to_pandas().sort_values(["symbol", "session"])
    return [_series(rows["session"], rows) for _, rows in table.groupby("symbol")]


def _indices() -> list[Prices]:
    loaded = [module.load().rename(columns=lambda name: name.lower().replace(" ", "_")) for module in INDICES]
    return [_series(frame.index, frame) for frame in loaded]


def _generated() -> list[Prices]:
    market = generate(("AAA", "BBB", "CCC"), weekdays(700), seed=7)
    paid = market.actions.to_pandas().rename(columns={"ex_date": "session", "value": "paid"})
    rows = market.bars.to_pandas().merge(paid[["symbol", "session", "paid"]], "left", ["symbol", "session"])
    series = []
    for _, one in rows.fillna({"paid": 0.0}).groupby("symbol"):
        adjusted = _injected.adjusted(one["close"].to_numpy(), one["paid"].to_numpy())
        series.append(_series(one["session"], one.assign(adj_close=adjusted)))
    return series


def _series(days: Iterable[object], rows: pd.DataFrame) -> Prices:
    names = ("open", "high", "low", "close", "volume")
    bars = {name: rows[name].to_numpy(dtype=float) for name in names}
    when = np.array([pd.Timestamp(str(day)) for day in days], dtype="datetime64[D]")
    return when, bars, rows["adj_close"].to_numpy(dtype=float)


def _folder() -> Path:
    folder = Path(os.environ.get("BALLAST_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "yahoo_dirty").is_dir():
        raise InputError(f"no real data at {folder}: set BALLAST_TEST_DATA to the folder of yahoo_dirty")
    return folder
