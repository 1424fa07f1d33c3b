"""A run keeps what it knew: restatements open new versions, and replay finds the old numbers again."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.e2e import independent
from tests.e2e.cli import Ran, ballast, daily, side_by_side
from tests.e2e.market import LAYOUTS, SESSION, prices, write

Report = dict[str, Any]
DAYS_BACK = {"cell": 6, "split": 10, "dividend": 8}
COUNT = 540

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Ledger:
    """Three runs of one session, each after a change of the price file, whose inputs are then deleted.

    `numbers` are what the independent calculation makes of the file before each run; `shown` is the first
    report once the others had run, `ahead` the report of a file that goes on after the session.
    """

    home: Path
    runs: tuple[Report, Report, Report]
    numbers: tuple[Mapping[tuple[str, str], float], ...]
    shown: Report
    ahead: Report
    replays: tuple[Ran, ...]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = tmp_path_factory.mktemp("versions")
    home, portfolio = folder / "home", write(folder, "desk", LAYOUTS["orphan"])
    portfolio.write_text(f"holdings_as_of = {SESSION}\n{portfolio.read_text()}")  # they count the split
    market = prices(count=COUNT)
    ahead = folder / "ahead.csv"
    beyond(market).to_csv(ahead, index=False)
    (first, numbers), other = side_by_side(
        [
            partial(run_on, market, folder / "prices.csv", portfolio, home),
            partial(daily, portfolio, SESSION, ahead, folder / "elsewhere", "--no-notify"),
        ]
    )
    second = run_on(restate_cell(market), folder / "prices.csv", portfolio, home)
    third = run_on(add_actions(market), folder / "prices.csv", portfolio, home)
    for file in (portfolio, portfolio.with_name("desk.holdings.csv"), folder / "prices.csv"):
        file.unlink()
    runs = (first, second[0], third[0])
    shown = ballast("show", first["run_id"], "--json", home=home).json
    replays = side_by_side([partial(ballast, "replay", run["run_id"], "--json", home=home) for run in runs])
    return Ledger(home, runs, (numbers, second[1], third[1]), shown, other.json, tuple(replays))


def run_on(market: pd.DataFrame, file: Path, portfolio: Path, home: Path) -> tuple[Report, dict[Any, float]]:
    """The report on a market, and the volatilities that the independent calculation finds in its file."""
    market.to_csv(file, index=False)
    report = daily(portfolio, SESSION, file, home, "--no-notify").json
    asked = independent.read_portfolio(portfolio)
    found = independent.read_market(file, SESSION, asked.symbols)
    return report, {
        (symbol, name): value
        for symbol in found.total
        for name, value in independent.volatility(found, symbol).items()
    }


def row_of(market: pd.DataFrame, symbol: str, back: int) -> int:
    """The row of a symbol's bar so many sessions before its last one."""
    return int(market.index[market["symbol"] == symbol][-1 - back])


def restate_cell(market: pd.DataFrame) -> pd.DataFrame:
    """One close in the look-back window is 0.15% higher."""
    market.loc[row_of(market, "GAMA", DAYS_BACK["cell"]), "close"] *= 1.0015
    return market


def add_actions(market: pd.DataFrame) -> pd.DataFrame:
    """A stock dividend of one for ten and a dividend that the vendor had not told before."""
    market.loc[row_of(market, "DELT", DAYS_BACK["split"]), "split"] = 1.1
    market.loc[row_of(market, "BETA", DAYS_BACK["dividend"]), "dividend"] = 0.5
    return market


def beyond(market: pd.DataFrame) -> pd.DataFrame:
    """The market with two more sessions: a crash, then a split and a dividend of every symbol."""
    last = market[market["session"] == SESSION]
    bars = ["open", "high", "low", "close"]
    crash = last.assign(session=pd.Timestamp("2024-07-02"), dividend=1.0)
    split = last.assign(session=pd.Timestamp("2024-07-03"), split=2.0, dividend=0.3)
    crash[bars] *= 0.8
    split[bars] *= 0.4
    return pd.concat([market, crash, split], ignore_index=True)


def volatility(report: Report) -> dict[tuple[str, str], float]:
    return {(row["symbol"], row["estimator"]): row["annualised"] for row in report["volatility"]}


def changed(before: Report, after: Report) -> set[str]:
    """The symbols whose volatility differs between two reports."""
    old, new = volatility(before), volatility(after)
    return {symbol for symbol, estimator in old if old[symbol, estimator] != new[symbol, estimator]}


def test_a_rerun_after_a_restatement_is_a_new_run(ledger: Ledger) -> None:
    assert len({run["run_id"] for run in ledger.runs}) == 3
    known = [run["known_at"] for run in ledger.runs]
    assert known == sorted(set(known))
    assert ledger.shown["superseded_by"] == ledger.runs[1]["run_id"], "a newer run of the day replaces it"
    assert ledger.shown | {"superseded_by": None} == ledger.runs[0]


def test_only_what_was_restated_is_written(ledger: Ledger) -> None:
    written = [(run["data"]["rows_new"], run["data"]["rows_restated"]) for run in ledger.runs]
    assert written[:2] == [(5 * COUNT, 0), (0, 1)]
    assert not any(run["data"]["quarantined"] for run in ledger.runs)


def test_numbers_differ_where_they_must_and_nowhere_else(ledger: Ledger) -> None:
    first, second, third = ledger.runs
    assert changed(first, second) == {"GAMA"}
    assert changed(second, third) == {"DELT", "BETA"}
    for run, expected in zip(ledger.runs, ledger.numbers, strict=True):
        found = volatility(run)
        assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-9)
    for name in ("value", "drift"):
        assert first[name] == second[name] == third[name], "only the last close counts for these"
    orders = [[{**trade, "checks": None} for trade in run["trades"]] for run in ledger.runs]
    assert orders[0] == orders[1] == orders[2]


def test_replay_needs_no_file_and_finds_every_number(ledger: Ledger) -> None:
    for run, replayed in zip(ledger.runs, ledger.replays, strict=True):
        answer = replayed.json
        assert (answer["run_id"], answer["same"], answer["difference"]) == (run["run_id"], True, None)
        rows = [row for name in ("drift", "volatility", "signals", "trades") for row in run[name]]
        assert answer["numbers"] > sum(len(row) for row in rows) / 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update drift set actual = actual + 1e-15 where key = 'GAMA' and run_id = ?", "drift[GAMA].actual"),
        ("update trades set quantity = 1 where side = 'BUY' and run_id = ?", "trades[BETA].quantity"),
        ("delete from volatility where symbol = 'DELT' and run_id = ?", "volatility rows"),
    ],
)  # fmt: skip
def test_replay_names_the_first_number_that_was_tampered_with(
    ledger: Ledger, tmp_path: Path, change: str, told: str
) -> None:
    home, run_id = tmp_path / "home", ledger.runs[1]["run_id"]
    shutil.copytree(ledger.home, home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        warehouse.execute(change, [run_id])
        warehouse.execute("update checks set value = 0.5 where run_id = ?", [run_id])  # stands later
    answer = ballast("replay", run_id, "--json", home=home, expect=1).json
    assert not answer["same"]
    assert answer["difference"].startswith(f"{told}: the run found ")


def test_a_run_sees_nothing_after_its_session(ledger: Ledger) -> None:
    assert timeless(ledger.ahead) == timeless(ledger.runs[0])


def timeless(report: Report) -> Report:
    """A report without its run's id, time and place."""
    data = {name: fact for name, fact in report["data"].items() if name != "source"}
    return {**report, "data": data, "run_id": None, "known_at": None, "docs": None}
