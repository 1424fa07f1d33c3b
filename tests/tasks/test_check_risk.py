"""What the limits make of the day that tests/tasks/desk.py works out by hand, in the report's words."""

import math
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from flows.day import run_day
from tasks.record.replay import replay
from tasks.report.assemble import outcome
from tasks.report.data import Stored
from tests.tasks.desk import SESSION, held, market, proposed, sessions
from tests.warehouse.rows import CHECK, TRADE
from warehouse.tables.found import CheckRow

ON_TARGET = {"AAA": 500.0, "BBB": 600.0, "CCC": 1000.0}


def test_a_blocked_sell_is_held_and_the_buys_are_rebuilt_without_its_proceeds(desk):
    report = desk.day(market(), desk.portfolio(tables="[risk]\nmax_order_value = 20000.0\n"))
    # 4,000 of cash above the buffer against 24,622.50: 194 BBB * 0.162453 = 31.5, 740 CCC * 0.162453 = 120.2
    assert proposed(report) == [("BBB", "BUY", 31.0, 50.25), ("CCC", "BUY", 120.0, 20.1)]
    assert list(held(report)) == ["AAA"]
    assert report.status == "partial"
    [aaa] = [row for row in report.trades if row.symbol == "AAA"]
    assert (aaa.quantity, aaa.notional) == (205.0, 20_500.0)


def test_each_trade_carries_the_checks_of_its_symbol_and_of_the_portfolio(desk):
    report = desk.day(market(), desk.portfolio(tables="[risk]\nmax_weight = 0.8\nvar_95 = 0.05\n"))
    for trade in report.trades:
        assert trade.checks == [row for row in report.checks if row.scope in {trade.symbol, "portfolio"}]
        assert {"cash", "data", "kill_switch", "max_weight", "var_95"} <= {row.check for row in trade.checks}
    var = next(row for row in report.checks if row.check == "var_95")
    assert (var.status, var.value, var.limit) == ("unknown", None, 0.05)  # 60 sessions are not 500


LIMITS = """
[risk]
max_class_weight = 0.45
max_beta = 0.5
reduce_only_drawdown = 0.001

[[risk.scenario]]
name = "oil"
symbol = { AAA = -0.2, BBB = 0.1, CCC = -0.1 }
max_loss = 0.5
"""


def test_a_benchmark_a_class_and_a_scenario(desk):
    """AAA is the benchmark and all three move alike, so that beta is what is invested.

    After all trades 0.495 + 0.296 + 0.1966; once the buys are held 0.495, 0.2 and 0.05.
    """
    report = desk.day(market(count=300), desk.portfolio(tables=LIMITS))
    found = {(row.check, row.scope): row for row in report.checks}
    assert found["max_beta", "portfolio"].status == "block"
    assert found["max_beta", "portfolio"].value == pytest.approx(0.9876)
    assert found["max_class_weight", "class aaa"].status == "warn"
    assert found["max_class_weight", "class aaa"].value == pytest.approx(0.495)
    assert found["reduce_only_drawdown", "portfolio"].status == "block"
    assert found["max_stress_loss", "scenario oil"].value == pytest.approx(0.099 - 0.02 + 0.005)
    assert [(row[0], row[1]) for row in proposed(report)] == [("AAA", "SELL")]
    assert all("max_beta: beta" in (reason or "") for reason in held(report).values())
    [aaa] = [row for row in report.trades if row.symbol == "AAA"]
    scopes = {row.scope for row in aaa.checks}
    assert scopes == {"AAA", "class aaa", "scenario oil", "portfolio"}
    assert {row.reference for row in aaa.checks if row.check == "max_beta"} == {"house"}
    assert replay(desk.context(), report.run_id).difference is None


@pytest.mark.parametrize(
    ("count", "expires"),
    [(2, "2024-07-01T20:00:00Z"), (1, "2024-07-03T17:00:00Z")],  # a weekend; a half day before 4 July
)
def test_a_trade_expires_at_the_close_of_the_next_session(desk, count, expires):
    session = {2: SESSION, 1: sessions(3, SESSION.replace(month=7, day=2))[-1]}[count]
    evening = desk.at(desk.now.replace(month=session.month, day=session.day))
    report = evening.day(market(last=session), session=session)
    assert {trade.expires for trade in report.trades} == {expires}


def test_the_kill_switch_holds_every_trade_with_its_reason(desk):
    request = desk.order(desk.portfolio(), desk.prices(market()), kill_switch="a war broke out")
    report = run_day(desk.context(), request, notifying=False)
    assert report.status == "held"
    assert set(held(report)) == {"AAA", "BBB", "CCC"}
    assert all("a war broke out" in (reason or "") for reason in held(report).values())


@pytest.mark.long
def test_a_kill_switch_with_nothing_to_trade_is_held_too(desk):
    portfolio = desk.portfolio(ON_TARGET)
    quiet = desk.day(market(), portfolio)
    assert (quiet.status, quiet.trades) == ("no_action", [])
    request = desk.order(portfolio, desk.prices(market()), kill_switch="a war broke out")
    assert run_day(desk.context(), request, notifying=False).status == "held"


@pytest.mark.long
def test_a_calendar_rebalance_is_due_on_the_first_session_of_its_month(desk):
    portfolio = desk.portfolio(ON_TARGET, tables='[rebalance]\ncalendar = "monthly"\nmin_trade = 0.0\n')
    first = SESSION.replace(day=3)
    due = desk.day(market(), portfolio, first)
    assert {trade.trigger for trade in due.trades} == {"calendar"}
    assert desk.day(market(), portfolio, SESSION).trades == []


HELD = replace(TRADE, status="held")
PASSED = replace(CHECK, check="data", status="pass")
BLOCKED = replace(PASSED, status="block")
KILLED = replace(BLOCKED, check="kill_switch")
OTHER = replace(BLOCKED, check="max_weight")


@pytest.mark.parametrize(
    ("trades", "checks", "status"),
    [
        ([], [], "no_action"),
        ([], [PASSED, OTHER], "no_action"),
        ([], [BLOCKED], "held"),
        ([], [PASSED, KILLED], "held"),
        ([TRADE], [OTHER], "recommended"),
        ([TRADE, HELD], [BLOCKED], "partial"),
        ([HELD, HELD], [PASSED], "held"),
    ],
)
def test_the_status_says_what_the_trades_came_to(trades, checks, status):
    assert outcome(trades, checks) == status


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_cannot_be_computed_is_null_in_the_report(value):
    [stored] = TypeAdapter(list[Stored[CheckRow]]).validate_python([replace(CHECK, value=value)])
    assert stored == replace(CHECK, value=None)


@pytest.mark.long
def test_a_kill_switch_that_is_pulled_while_the_run_works_holds_it_too(desk):
    request = desk.order(desk.portfolio(), desk.prices(market()))  # planned before anybody pulled it
    (desk.home / "KILL").write_text("stop now")
    report = run_day(desk.context(), request, notifying=False)
    assert (report.status, proposed(report)) == ("held", [])
    assert replay(desk.context(), report.run_id).difference is None
