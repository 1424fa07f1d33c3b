"""A HOME, a portfolio whose trades are worked out by hand, and small price files: a day in-process.

On SESSION the desk holds 700 AAA at 100, 400 BBB at 50, 250 CCC at 20 and 5,000 in cash: a value of 100,000.
Its targets are 50%, 30% and 20%; AAA is 20 points over, BBB 10 under and CCC 15 under, so all bands are
breached. Desired (99% of value): 495 AAA, 594 BBB, 990 CCC. Sell 205 AAA at 99.50 = 20,397.50. Available
5,000 + 20,397.50 - 1,000 = 24,397.50; needed 194 * 50.25 + 740 * 20.10 = 24,622.50; the factor 0.990862
leaves 192 BBB and 733 CCC.
"""

import atexit
import shutil
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd

from config.calendars import Calendar
from config.settings import Settings
from flows.day import run_day
from tasks.context.context import Context
from tasks.day.check_risk import check_risk
from tasks.day.measure import measure
from tasks.report.model import Report
from tasks.run.lifecycle import RunRequest, close_run, open_run
from tasks.run.plan import Asked, plan
from warehouse import runs
from warehouse.database.database import Database
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.backend import DuckDBFile

SESSION = date(2024, 6, 28)
EVENING = datetime(2024, 6, 28, 22, 30, tzinfo=UTC)
CLOSES = {"AAA": 100.0, "BBB": 50.0, "CCC": 20.0}
HOLDINGS = {"AAA": 700.0, "BBB": 400.0, "CCC": 250.0}
TARGETS = {"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}
TRADES = [("AAA", "SELL", 205.0, 99.5), ("BBB", "BUY", 192.0, 50.25), ("CCC", "BUY", 733.0, 20.1)]
COLUMNS = ["open", "high", "low", "close"]


def sessions(count: int = 60, last: date = SESSION) -> list[date]:
    """The exchange's last `count` sessions up to `last`."""
    return Calendar("XNYS").window(last, count)


def market(
    closes: dict[str, float] = CLOSES, count: int = 60, last: date = SESSION, **columns: Any
) -> pd.DataFrame:
    """Rows of a price file: every close is its symbol's last one times 1, 1.002 or 1.005, in turn.

    Opens equal closes, highs and lows lie 0.1% beyond. `columns` are added as they are (dividend=0.0).
    """
    days = sessions(count, last)
    swing = [(1.0, 1.002, 1.005)[(len(days) - row) % 3 - 1] for row in range(len(days))]
    frames = [
        pd.DataFrame({"session": days, "close": [level * share for share in swing]}).assign(symbol=symbol)
        for symbol, level in closes.items()
    ]
    frame = pd.concat(frames, ignore_index=True)
    frame = frame.assign(
        open=frame["close"],
        high=frame["close"] * 1.001,
        low=frame["close"] * 0.999,
        volume=1_000_000.0,
    )
    return frame.assign(**columns)


def change(frame: pd.DataFrame, symbol: str, session: date, **values: float | None) -> pd.DataFrame:
    """The rows with some cells of one bar changed."""
    changed = frame.copy()
    for column, value in values.items():
        changed.loc[(changed["symbol"] == symbol) & (changed["session"] == session), column] = value
    return changed


def without(frame: pd.DataFrame, symbol: str, days: Iterable[date]) -> pd.DataFrame:
    """The rows without a symbol's bars of some sessions."""
    return frame[~((frame["symbol"] == symbol) & frame["session"].isin(list(days)))]


def crash(frame: pd.DataFrame, symbol: str, session: date, by: float) -> pd.DataFrame:
    """The rows with one bar whose four prices lie `by` (a share) lower."""
    changed = frame.copy()
    here = (changed["symbol"] == symbol) & (changed["session"] == session)
    changed.loc[here, COLUMNS] *= 1 - by
    return changed


@cache
def begun() -> Path:
    """A HOME before its first run, with a backup of that evening: what each desk begins with a copy of."""
    home = Path(mkdtemp()) / "home"
    atexit.register(shutil.rmtree, home.parent)
    with DuckDBFile(home).open():
        pass
    backup.take(DuckDBFile(home), EVENING, 1, 0)
    return home


@dataclass(frozen=True)
class Desk:
    """`folder` holds HOME, the portfolio and the prices; the clock stands at `now`.

    With `lake`, the libpq connection string of one, its warehouse is that with its files in `data`.
    """

    folder: Path
    now: datetime = EVENING
    lake: str = ""
    data: str = ""

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def at(self, now: datetime) -> "Desk":
        """The same desk at another time."""
        return replace(self, now=now)

    def context(self, **settings: Any) -> Context:
        """The context of this desk, with none of the machine's own settings."""
        given = {"source": "bundled", "slack_token": None, "lock_timeout": 10.0, **settings}
        if self.lake:
            given |= {"warehouse": f"ducklake:postgres:{self.lake}", "warehouse_data": self.data}
        vendors = {name: given.pop(name) for name in {*given} - {*Settings.model_fields}}
        return Context(
            Settings(home=self.home, **given, vendors=vendors), lambda: self.now, lambda _: None, "test"
        )

    def portfolio(
        self,
        holdings: dict[str, float] = HOLDINGS,
        targets: dict[str, float] = TARGETS,
        *,
        name: str = "trio",
        head: str = "",
        tables: str = "",
    ) -> Path:
        """Write a portfolio file; each target is an asset class of its own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [f"{symbol},{quantity}" for symbol, quantity in holdings.items()]
        (self.folder / f"{name}.csv").write_text("\n".join(["symbol,quantity", *rows]) + "\n")
        lines = [f'name = "{name}"\nholdings = "{name}.csv"\ncash = 5000.0\nbenchmark = "AAA"\n{head}\n']
        lines += [
            f'[[target]]\nsymbol = "{symbol}"\nasset_class = "{symbol.lower()}"\nweight = {weight}\n'
            for symbol, weight in targets.items()
        ]
        file = self.folder / f"{name}.toml"
        file.write_text("".join([*lines, tables]))
        return file

    def prices(self, frame: pd.DataFrame, name: str = "prices") -> str:
        """Write a price file; the source that reads it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{name}.parquet"
        frame.to_parquet(file, index=False)
        return f"files:{file}"

    def order(
        self, portfolio: Path, source: str, session: date | None = SESSION, kill_switch: str | None = None
    ) -> RunRequest:
        if self.lake:
            self.home.mkdir(parents=True, exist_ok=True)
        elif not self.home.exists():
            shutil.copytree(begun(), self.home)
        return plan(self.context(), Asked(str(portfolio), session, source, kill_switch))

    def day(
        self,
        frame: pd.DataFrame,
        portfolio: Path | None = None,
        session: date = SESSION,
        *,
        notifying: bool = False,
        token: str | None = None,
    ) -> Report:
        """Run a day on these rows as the price file."""
        request = self.order(portfolio or self.portfolio(), self.prices(frame), session)
        return run_day(self.context(), request, notifying=notifying, token=token)

    def decision(self, portfolio: Path, session: date = SESSION) -> Report:
        """Measure and check on the evening of a session, on the bars that a day on SESSION has stored."""
        evening = self.at(datetime.combine(session, EVENING.timetz()))
        context = evening.context()
        [(batch, source)] = self.sql("select batch_id, source from batches")
        run_id = open_run(context, evening.order(portfolio, source, session))
        with self.visit() as db:
            runs.ingested(db, run_id, batch, None, evening.now)
        measure(context, run_id)
        check_risk(context, run_id)
        return close_run(context, run_id)

    def visit(self) -> AbstractContextManager[Database]:
        """A visit as only an engine makes: it reads, and writes what no code of ours does."""
        engine: Any = self.context().warehouse
        visit: AbstractContextManager[Database] = engine.open()
        return visit

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """What a named query of the warehouse finds."""
        with self.visit() as db:
            return db.select(dict[str, Any], query, **values)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Do something to the warehouse that no code of ours does."""
        with self.visit() as db:
            return db.connection.execute(statement, list(values)).fetchall()


def proposed(report: Report) -> list[tuple[str, str, float, float]]:
    """The trades that may be done."""
    return [
        (row.symbol, row.side, row.quantity, row.limit_price)
        for row in report.trades
        if row.status == "proposed"
    ]


def held(report: Report) -> dict[str, str | None]:
    """The trades that must not be done, with the reason."""
    return {row.symbol: row.held_because for row in report.trades if row.status == "held"}


def rules(report: Report) -> Sequence[tuple[str, str, str]]:
    """What was quarantined: symbol, session and rule."""
    return [(row.symbol, row.session, row.rule) for row in report.data.quarantined]
