"""Each rule has rows that it alone catches, and rows just inside its threshold that it lets through."""

import math
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest

from expectations import actions, bars, coverage
from quant import faults
from tests.expectations.conftest import RUN, Staging

NAN, INF = math.nan, math.inf
BARE = {"open": None, "high": None, "low": None}  # what a vendor with closes only delivers
FIRST = {**BARE, "reference_close": None}
STILL = dict.fromkeys(("open", "high", "low", "close"), 100.0) | {"volume": 0.0, "busy": 20}


class Case(NamedTuple):
    """A row of `table`, its changed values, and the rules that it breaks (none: it is good)."""

    name: str
    table: str
    row: dict[str, Any]
    broken: dict[str, float | None] = {}  # noqa: RUF012 - never changed


CASES = [
    Case("a good bar", "bars", {}),
    Case("a close alone", "bars", {**BARE, "volume": None, "reference_close": None}),
    Case("first of two bars", "bars", {"symbol": "TWICE", "copies": 2}, {"unique_key": None}),
    Case("second of two bars", "bars", {"symbol": "TWICE", "copies": 2, "close": 100.5},
         {"unique_key": None}),
    Case("same symbol, another session", "bars", {"symbol": "ONCE"}),
    Case("another session, same symbol", "bars", {"symbol": "ONCE", "session": date(2024, 1, 4)}),
    Case("no symbol", "bars", {"symbol": None}, {"symbol_given": None}),
    Case("no session", "bars", {"session": None}, {"session_given": None}),
    Case("no close", "bars", {"close": None}, {"close_given": None}),
    Case("before what is known", "bars", {"session": date(2023, 12, 28)}, {"before_calendar": None}),
    Case("a holiday", "bars", {"session": date(2024, 1, 1)}, {"trading_day": None}),
    Case("a Saturday", "bars", {"session": date(2024, 1, 6)}, {"trading_day": None, "not_future": None}),
    Case("the next session", "bars", {"session": date(2024, 1, 8)}, {"not_future": None}),
    Case("open zero", "bars", {**BARE, "open": 0.0}, {"positive_open": 0.0}),
    Case("open negative", "bars", {**BARE, "open": -1.0}, {"positive_open": -1.0}),
    Case("open NaN", "bars", {"open": NAN}, {"positive_open": NAN}),
    Case("open infinite", "bars", {"open": INF}, {"positive_open": INF}),
    Case("open tiny", "bars", {**BARE, "open": 1e-9}),
    Case("high infinite", "bars", {"high": INF}, {"positive_high": INF}),
    Case("high NaN", "bars", {"high": NAN}, {"positive_high": NAN}),
    Case("low zero", "bars", {"low": 0.0}, {"positive_low": 0.0}),
    Case("low negative", "bars", {"low": -3.0}, {"positive_low": -3.0}),
    Case("low NaN", "bars", {"low": NAN}, {"positive_low": NAN}),
    Case("close zero", "bars", {**BARE, "close": 0.0}, {"positive_close": 0.0}),
    Case("close NaN", "bars", {"close": NAN}, {"positive_close": NAN}),
    Case("volume zero", "bars", {"volume": 0.0}),
    Case("the close before again", "bars", STILL, {"repeated_close": 100.0}),
    Case("it again, volume not told", "bars", STILL | {"volume": None}, {"repeated_close": 100.0}),
    Case("the close before again, of what often rests", "bars", STILL | {"busy": 19}),
    Case("the close before again, traded", "bars", STILL | {"volume": 1.0}),
    Case("another close without volume", "bars", STILL | {"close": 101.0, "high": 101.0}),
    Case("volume negative", "bars", {"volume": -1.0}, {"volume_not_negative": -1.0}),
    Case("volume NaN", "bars", {"volume": NAN}, {"volume_not_negative": NAN}),
    Case("volume infinite", "bars", {"volume": INF}, {"volume_not_negative": INF}),
    Case("high below open", "bars", {"open": 103.0}, {"high_is_highest": 102.0}),
    Case("high below close", "bars", {"close": 103.0}, {"high_is_highest": 102.0}),
    Case("high below close, no open", "bars", {**BARE, "high": 100.0}, {"high_is_highest": 100.0}),
    Case("high below low", "bars", {**BARE, "high": 101.5, "low": 101.6, "close": 101.55},
         {"high_is_highest": 101.5, "low_is_lowest": 101.6}),
    Case("high short by noise", "bars", {"high": 101.0 * (1 - 0.9e-6), "open": 101.0}),
    Case("high short by more", "bars", {"high": 100.9998, "open": 101.0}, {"high_is_highest": 100.9998}),
    Case("high just short", "bars", {"high": 101.0 * (1 - 1.1e-6)},
         {"high_is_highest": 101.0 * (1 - 1.1e-6)}),
    Case("low above open", "bars", {"open": 97.0}, {"low_is_lowest": 98.0}),
    Case("low above close", "bars", {"close": 97.0}, {"low_is_lowest": 98.0}),
    Case("low above close, no high", "bars", {**BARE, "low": 102.0}, {"low_is_lowest": 102.0}),
    Case("low over by noise", "bars", {"low": 100.0 * (1 + 0.9e-6)}),
    Case("low just over", "bars", {"low": 100.0 * (1 + 1.1e-6)}, {"low_is_lowest": 100.0 * (1 + 1.1e-6)}),
    Case("up a quarter", "bars", {**BARE, "close": 125.0}),
    Case("up more than a quarter", "bars", {**BARE, "close": 125.01}, {"move_bound": 0.2501}),
    Case("down a quarter", "bars", {**BARE, "close": 75.0}),
    Case("down more than a quarter", "bars", {**BARE, "close": 74.99}, {"move_bound": -0.2501}),
    Case("8 sigmas", "bars", {**BARE, "close": 150.0, "reference_sigma": 0.0625}),
    Case("more than 8 sigmas", "bars", {**BARE, "close": 150.01, "reference_sigma": 0.0625},
         {"move_bound": 0.5001}),
    Case("a calm symbol keeps the floor", "bars", {**BARE, "close": 124.0, "reference_sigma": 0.001}),
    Case("sigma NaN", "bars", {**BARE, "close": 126.0, "reference_sigma": NAN}, {"move_bound": 0.26}),
    Case("sigma infinite", "bars", {**BARE, "close": 126.0, "reference_sigma": INF}, {"move_bound": 0.26}),
    Case("no reference", "bars", {**BARE, "close": 5000.0, "reference_close": None}),
    Case("several rules", "bars", {"high": 97.0, "volume": -2.0, "close": 130.0},
         {"high_is_highest": 97.0, "low_is_lowest": 98.0, "volume_not_negative": -2.0, "move_bound": 0.3}),
    *(Case(f"found faulty: {kind}", "bars", {"fault": kind, "fault_value": 101.0}, {kind: 101.0})
      for kind in faults.kinds("bars")),
    *(Case(f"found faulty: {kind}", "actions", {"fault": kind, "fault_value": 1.5}, {kind: 1.5})
      for kind in faults.kinds("actions")),
    Case("a good dividend", "actions", {}),
    Case("first of two dividends", "actions", {"symbol": "PAIR"}, {"unique_key": None}),
    Case("second of two dividends", "actions", {"symbol": "PAIR", "value": 2.0}, {"unique_key": None}),
    Case("a dividend on the day of a split", "actions", {"symbol": "BOTH"}),
    Case("a split on the day of a dividend", "actions", {"symbol": "BOTH", "kind": "split"}),
    Case("an action without symbol", "actions", {"symbol": None}, {"symbol_given": None}),
    Case("an action without ex-date", "actions", {"ex_date": None}, {"ex_date_given": None}),
    Case("an action without kind", "actions", {"kind": None}, {"kind_given": None}),
    Case("an action without value", "actions", {"value": None}, {"value_given": None}),
    Case("a spin-off", "actions", {"kind": "spin_off"}, {"known_kind": None}),
    Case("a capital gain", "actions", {"kind": "capital_gain"}),
    Case("a dividend of zero", "actions", {"value": 0.0}, {"positive_value": 0.0}),
    Case("a dividend of NaN", "actions", {"value": NAN}, {"positive_value": NAN}),
    Case("an infinite dividend", "actions", {"value": INF}, {"positive_value": INF}),
    Case("1000 for 1", "actions", {"kind": "split", "value": 1000.0}),
    Case("more than 10,000 for 1", "actions", {"kind": "split", "value": 10000.1}, {"split_ratio": 10000.1}),
    Case("1 for 1000", "actions", {"kind": "split", "value": 0.001}),
    Case("1 for more than 10,000", "actions", {"kind": "split", "value": 0.0000999},
         {"split_ratio": 0.0000999}),
    Case("half the close", "actions", {"symbol": "PRICED", "value": 50.0}),
    Case("more than half", "actions", {"symbol": "PRICED", "kind": "capital_gain", "value": 50.01},
         {"payout": 50.01}),
    Case("the close of that dividend", "bars", {"symbol": "PRICED", "close": 100.0}),
    Case("more than half, by which the close fell", "actions", {"symbol": "FELL", "value": 60.0}),
    Case("the close before that dividend", "bars",
         {"symbol": "FELL", "session": date(2024, 1, 4), "close": 125.1, **FIRST}),
    Case("the close after it", "bars", {"symbol": "FELL", "close": 50.0, **FIRST}),
    Case("more than half, and the close fell by less", "actions", {"symbol": "STAYED", "value": 60.0},
         {"payout": 60.0}),
    Case("the close before", "bars",
         {"symbol": "STAYED", "session": date(2024, 1, 4), "close": 100.0, **FIRST}),
    Case("the close that stayed", "bars", {"symbol": "STAYED", "close": 90.0, **FIRST}),
    Case("more than half, by which old shares fell, on the day of a consolidation", "actions",
         {"symbol": "FEWER", "value": 112.4}),
    Case("that consolidation", "actions", {"symbol": "FEWER", "kind": "split", "value": 33 / 70}),
    Case("the close of an old share", "bars",
         {"symbol": "FEWER", "session": date(2024, 1, 4), "close": 100.0, **FIRST}),
    Case("the close of a new share", "bars", {"symbol": "FEWER", "close": 99.7, **FIRST}),
    Case("a symbol on time", "coverage", {}),
    Case("a week's row of daily ones", "coverage", {"rows": 1}, {"density": 1.0}),
    Case("every other row of daily ones", "coverage", {"rows": 2}),
    Case("one session behind", "coverage", {"last_session": date(2024, 1, 4)}, {"freshness": 1.0}),
    Case("three sessions behind", "coverage", {"last_session": date(2024, 1, 2)}, {"freshness": 3.0}),
    Case("a symbol never delivered", "coverage", {"last_session": None, "rows": 0}, {"freshness": None}),
]  # fmt: skip


@pytest.fixture(scope="module")
def judged() -> Iterator[tuple[Staging, dict[str, int]]]:
    """All cases in one staging file, each under a symbol of its own unless it names one; judged at once."""
    staging = Staging()
    ids = {case.name: staging.add(case.table, **{"symbol": case.name, **case.row}) for case in CASES}
    for symbol in {case.row.get("symbol", case.name) for case in CASES if case.table == "bars"} - {None}:
        staging.add("coverage", symbol=symbol)
    for case in CASES:
        if case.name.endswith("of daily ones"):
            staging.add("bars", symbol=case.name, session=date(2024, 1, 2))
    assert staging.validate().held is None
    yield staging, ids
    staging.connection.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_row_breaks_exactly_these_rules(judged, case):
    staging, ids = judged
    found = staging.verdict_on(ids[case.name])
    assert found.keys() == case.broken.keys()
    for rule, value in case.broken.items():
        assert found[rule] == (value if value is None else pytest.approx(value, rel=1e-12, nan_ok=True))


def test_each_symbol_is_judged_by_its_own_exchange(empty):
    """London rested on the fifth, when the run's own exchange traded."""
    empty.connection.execute("insert into calendar values ('XLON', '2024-01-03'), ('XLON', '2024-01-04')")
    rested = {"symbol": "BARC.L", "calendar": "XLON", "session": date(2024, 1, 4)}
    empty.add("coverage")
    on_time = empty.add("coverage", **rested, last_session=date(2024, 1, 4))
    late = empty.add("coverage", **rested, last_session=date(2024, 1, 3))
    session = empty.add("bars", symbol="BARC.L", session=date(2024, 1, 4))
    holiday = empty.add("bars", symbol="BARC.L", session=date(2024, 1, 5))
    assert empty.validate().held is None
    assert [empty.verdict_on(row) for row in (on_time, session)] == [{}, {}]
    assert empty.verdict_on(late) == {"freshness": 1.0}
    assert empty.verdict_on(holiday) == {"trading_day": None}


@pytest.mark.parametrize("suite", [bars.SUITE, actions.SUITE, coverage.SUITE], ids=lambda suite: suite.table)
def test_every_rule_has_a_row_that_it_alone_catches(suite):
    alone = {
        rule for case in CASES if case.table == suite.table and len(case.broken) == 1 for rule in case.broken
    }
    assert alone == {expectation.meta["rule"] for expectation in suite.rows}


def test_a_rejected_row_carries_its_table_symbol_and_day(empty):
    empty.add("coverage")
    empty.add("bars", close=-1.0, **BARE)
    empty.add("actions", ex_date=date(2024, 1, 3), value=-2.0)
    empty.validate()
    rows = empty.connection.execute(
        "select table_name, symbol, session, rule, value from rejected order by all"
    ).fetchall()
    assert rows == [
        ("actions", "SPY", date(2024, 1, 3), "positive_value", -2.0),
        ("bars", "SPY", RUN, "positive_close", -1.0),
    ]
