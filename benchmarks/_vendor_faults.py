"""A day with vendors that fail: the real clients, local servers in the vendors' places, and its outcome."""

import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from yfinance.data import SingletonMeta

from flows.day import run_day
from tasks.context.patience import Patience
from tasks.ingest.vendors import Vendor
from tasks.run.plan import Asked, plan
from tests.standins.tiingo import TOKEN, Tiingo
from tests.standins.yahoo import Yahoo
from tests.tasks.desk import CLOSES, SESSION, Desk, market
from warehouse.tables.batches import StoredBatch
from warehouse.tables.table import of_batches

FAULTS = {  # what the vendor does: its name in the stand-ins, and how often (None: always)
    "200": ("", None),
    "404": ("delisted", None),
    "429": ("rate_limited", None),
    "429, Retry-After: 1 s, twice": ("retry_soon", 2),
    "429, Retry-After: 1 h": ("retry_late", None),
    "500": ("error", None),
    "200 with nothing in it": ("empty", None),
    "200, half of the text": ("truncated", None),
    "connection dropped": ("dropped", None),
    "no answer in time": ("slow", None),
}
QUICK = Patience(first_wait=0.01, longest_wait=1.0, request=2.0, symbol=5.0, total=6.0)
FALLBACK = '[data]\nfallback = ["tiingo"]\n'
EVERYTHING = "*"
MIXTURES = 6
SEED = 20261122


@dataclass(frozen=True)
class Case:
    """What fails: symbol (or EVERYTHING) → a name of FAULTS. `tiingo` None: there is no fallback."""

    yahoo: Mapping[str, str]
    tiingo: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a day came to. `errors`: source → symbol → kind; `unserved`: no bar; `down`: open breakers."""

    status: str
    errors: Mapping[str, Mapping[str, str]]
    served_by: Mapping[str, str]
    unserved: list[str]
    down: list[str]
    requests: Mapping[str, int] = field(compare=False)


def mixtures(count: int = MIXTURES) -> list[Case]:
    """Seeded: each symbol fails at each vendor in a way of its own, or not at all."""
    chance = random.Random(SEED)
    names = list(FAULTS)

    def drawn() -> dict[str, str]:
        found = {symbol: chance.choice(["200", chance.choice(names)]) for symbol in CLOSES}
        return {symbol: fault for symbol, fault in found.items() if fault != "200"}

    return [Case(drawn(), drawn()) for _ in range(count)]


def run(case: Case) -> Outcome:
    """One day of three symbols in an empty HOME, with these faults."""
    SingletonMeta._instances.clear()  # noqa: SLF001 -- the client keeps one cookie and crumb per process
    with TemporaryDirectory() as folder, ExitStack() as stack:
        yahoo = stack.enter_context(Yahoo())
        tiingo = stack.enter_context(Tiingo())
        for vendor, faults in ((yahoo, case.yahoo), (tiingo, case.tiingo or {})):
            _serve(vendor)
            _fail(vendor, faults)
        desk = Desk(Path(folder))
        context = desk.context(
            source="yfinance", yahoo_url=yahoo.address, tiingo_url=tiingo.address, tiingo_token=TOKEN
        )
        context = replace(context, patience=QUICK)
        portfolio = desk.portfolio(tables="" if case.tiingo is None else FALLBACK)
        report = run_day(context, plan(context, Asked(str(portfolio), SESSION)), notifying=False)
        batches = context.warehouse.read(lambda db: of_batches(db, report.run_id, StoredBatch))
        return Outcome(
            report.status,
            {batch.source: {one.symbol: one.kind for one in batch.failures} for batch in batches},
            report.data.served_by,
            report.data.stale,
            [name for name in ("yfinance", "tiingo") if Vendor(name, context).state().trip],
            {"yfinance": len(yahoo.asked), "tiingo": len(tiingo.asked)},
        )


def _serve(vendor: Yahoo) -> None:
    frame = market(CLOSES | {"SPY": 500.0})
    for symbol, rows in frame.groupby("symbol"):
        table = pa.Table.from_pandas(rows.drop(columns="symbol"), preserve_index=False)
        vendor.serve(str(symbol), table)


def _fail(vendor: Yahoo, faults: Mapping[str, str]) -> None:
    for what, name in faults.items():
        fault, times = FAULTS[name]
        if fault:
            vendor.fail(what, fault, times)
