import io
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from flows.terminal.digest import render
from tasks.report.data import Data
from tasks.report.model import Benchmark, NoticeRow, SignalRow, VolatilityRow
from tests.tasks.notifiers import days
from tests.tasks.notifiers.reports import RISK, alert, check, drift, eventful, report, trade
from warehouse.tables.found import Construction

GOLDEN = Path(__file__).parent / "golden"
HOME = Path("HOME")
EMPTY = Data(source="yfinance", rows_new=0, rows_restated=0, quarantined=[], stale=[], errors=[])
REPORTS = {
    "calm": report,
    "eventful": eventful,
    "proposed": lambda: report(
        status="recommended",
        trades=[trade()],
        volatility=[
            VolatilityRow(symbol="SPY", estimator="close_to_close", window=20, annualised=0.1734),
            VolatilityRow(symbol="SPY", estimator="ewma", window=None, annualised=0.1802),
            VolatilityRow(symbol="AGG", estimator="close_to_close", window=20, annualised=None),
            VolatilityRow(symbol="AGG", estimator="ewma", window=None, annualised=0.0412),
            *(
                VolatilityRow(symbol=symbol, estimator=name, window=20, annualised=None)
                for name in ("garman_klass", "parkinson")
                for symbol in ("SPY", "AGG")
            ),
            VolatilityRow(symbol="SPY", estimator="yang_zhang", window=20, annualised=0.1951),
        ],
        signals=[
            SignalRow(symbol="SPY", signal="adaptive", value=-2.25, action="Sell"),
            SignalRow(symbol="AGG", signal="range_shock", value=None, action=None),
            SignalRow(symbol="SPY", signal="regime", value=0.91, action=None, label="high"),
        ],
        risk=RISK,
        notices=[NoticeRow(channel="slack:#core", kind="digest", state="sent", key="a" * 64, error=None)],
        docs="HOME/data-docs/index.html",
    ),
    "held": lambda: report(
        status="held",
        trades=[trade(status="held", held_because="GLD was quarantined: move_bound")],
        checks=[check("data", "block", scope="GLD", value=1.0, limit=0.0, rule="an accepted bar")],
        data=EMPTY.model_copy(update={"held": "3 of 4 asked symbols have no bars", "stale": ["GLD"]}),
    ),
    "failed": lambda: report(
        status="failed",
        error="prices.csv does not exist",
        known_at=None,
        value=None,
        drift=[],
        checks=[],
        data=EMPTY,
    ),
    "alerting": lambda: report(
        alerts=[alert(confirmed=False), alert("GLD", severity="warning", move=-0.031)]
    ),
    "illustrated": lambda: report(
        historical=True, data=EMPTY.model_copy(update={"illustration": "nobody can buy an index"})
    ),
    "unknown": lambda: report(
        checks=[
            *(
                check("max_adv", "unknown", scope=name, limit=0.1, rule=f"{name}'s")
                for name in ("AAA", "BBB")
            ),
            *(
                check("max_stress_loss", "unknown", scope=f"scenario {name}", rule="no move for energy (XLE)")
                for name in ("2008", "2020")
            ),
        ],
    ),
}


def shown(subject, width=120, *, full=True):
    console = Console(record=True, width=width, file=io.StringIO(), highlight=False)
    console.print(render(subject, HOME, full=full))
    return "".join(f"{line.rstrip()}\n" for line in console.export_text().splitlines())


@pytest.mark.parametrize("name", REPORTS)
def test_rendering_equals_its_golden_file(name):
    text = shown(REPORTS[name]())
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("BALLAST_REWRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_limits_that_contradict_each_other_are_named_without_trades_too():
    built = Construction(
        method="optimised", status="infeasible", conflict="max_weight = 0.1 cannot hold", fallback="simple"
    )
    text = " ".join(shown(report(construction=built)).split())
    assert "No optimum: max_weight = 0.1 cannot hold. The simple construction was used" in text


def test_the_report_of_an_account_is_shown_again_by_its_name():
    text = shown(report(run_id="20150821-core-1a2b", account="trio"))
    assert "core · trio · 2015-08-24" in text
    assert "Again: ballast show 20150821-core-1a2b --account trio --home" in text


def test_what_became_of_trades_is_told():
    rows = [
        trade("SPY", state="rejected"),
        trade("AGG", side="BUY", state="executed", filled=100.0),
        trade("GLD", state="expired"),
    ]
    told = "Since then: SELL SPY rejected, BUY AGG executed (100 of 120)."
    assert told in shown(report(status="recommended", trades=rows))


TAGS = ["[", "]", "[/]", "[b]", "[/b]", "[@click=x]", ":smile:", "\\", " ", "x"]
WORDS = st.lists(st.sampled_from(TAGS), max_size=6).map("".join) | st.text(max_size=12)


@given(WORDS)
def test_any_words_can_be_shown(odd):
    subject = report(
        error=odd,
        drift=[drift(odd)],
        trades=[trade(odd, reason=odd, status="held", held_because=odd)],
        checks=[check("max_adv", "warn", scope=odd, rule=odd)],
    )
    assert subject.session in shown(subject)


def test_a_portfolio_needs_no_benchmark():
    text = shown(report(benchmark=Benchmark(symbol=None, day=None, month=None)))
    assert "on the day" not in text
    assert "Value: 1,000,000 USD" in text


@pytest.mark.parametrize("width", [80, 120])
def test_a_day_of_twelve_orders_is_one_screen_that_ends_with_the_verdict(width):
    sent = NoticeRow(channel="slack:#core", kind="digest", state="sent", key="a" * 64, error=None)
    said = shown(days.trading(12).model_copy(update={"notices": [sent]}), width, full=False)
    assert len(said.splitlines()) <= 40
    assert said.splitlines()[-1] == "core · 2026-09-28 · 6 buys, 6 sells, 312,000 USD to trade"
    for name in days.NAMES:
        assert re.search(rf"^(BUY|SELL) \d+ {name} ", said, re.MULTILINE)
        assert re.search(rf"^{name} .* breach ", said, re.MULTILINE)
    assert "adaptive" not in said
    whole = shown(days.trading(12), width)
    assert "adaptive" in whole
    assert whole.splitlines()[-1] == said.splitlines()[-1]


def test_a_preview_is_named_where_it_lies(tmp_path):
    notice = NoticeRow(channel="preview:#core", kind="digest", state="preview", key="b" * 64, error=None)
    console = Console(record=True, width=400, file=io.StringIO())
    console.print(render(report(notices=[notice]), tmp_path))
    file = tmp_path / "previews" / f"2015-08-24-core-digest-{'b' * 12}.json"
    assert f"Digest message preview: {file}" in console.export_text()


def test_a_screen_of_thousands_of_rows_has_all_orders_and_counts_the_rest():
    names = [f"S{n:04d}" for n in range(1000)]
    many = report(
        status="recommended",
        trades=[trade(name, reason=f"{name} has drifted") for name in names],
        drift=[drift(name, breached=name == "S0999") for name in names],
        checks=[check("max_adv", "warn", scope=name, value=0.2, limit=0.1) for name in names],
        volatility=[
            VolatilityRow(symbol=name, estimator="ewma", window=None, annualised=0.2) for name in names
        ],
        data=EMPTY.model_copy(update={"stale": names}),
    )
    said = shown(many)
    lines = said.splitlines()
    assert sum(line.startswith(" SELL 120") for line in lines) == 1000
    assert sum("has drifted." in line for line in lines) == 100
    assert "S0999" in said.partition("Drift")[2].partition("Risk")[0]  # what is breached comes first
    assert sum("warning: max_adv" in line for line in lines) == 100
    again = "ballast show 20150824-core-1 --home HOME --json"
    assert (
        said.count(f"… and 900 more: {again}") == 7
    )  # reasons, drifts, checks (twice), data (twice), volatilities
    assert len(lines) < 1800
