"""What a run found: replaced whole, kept in order, apart from every other run's."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from tests.warehouse.deliveries import rows
from warehouse import results

ROWS = {
    "drift": {
        "level": "instrument", "key": "SPY", "target": 0.6, "actual": 0.7, "drift": 0.1, "band": 0.05,
        "breached": True,
    },
    "triggers": {
        "trigger": "band", "scope": "SPY", "value": 0.06, "limit": None, "fired": True, "rule": "r",
    },
    "volatility": {"symbol": "SPY", "estimator": "ewma", "window": None, "annualised": 0.16},
    "signals": {"symbol": "SPY", "signal": "adaptive", "value": -1.5, "action": "Sell", "label": None},
    "trades": {
        "symbol": "SPY", "side": "SELL", "quantity": 10.0, "limit_price": 99.5, "notional": 1000.0,
        "weight_before": 0.7, "weight_after": 0.6, "trigger": "band", "rule": "r",
        "reason": "it's \"high\"; --", "expires": datetime(2015, 8, 25, 20, tzinfo=UTC),
        "cost": 5.0, "status": "held", "held_because": None, "costs": "{}", "lots": None, "tax": None,
        "accounts": None,
    },
    "checks": {
        "check": "max_weight", "scope": "SPY", "value": 0.6, "limit": None, "status": "pass",
        "rule": "at most 65%", "reference": "house",
    },
    "alerts": {
        "kind": "range_shock", "symbol": "SPY", "severity": "critical", "at": "2015-08-24", "move": -0.08,
        "detail": "d", "confirmed": True,
    },
    "construction": {
        "method": "optimised", "status": "infeasible", "conflict": "a and b", "fallback": "simple",
    },
    "risk": {"symbol": "SPY", "weight": 0.7, "marginal": 0.2, "contribution": 0.14, "share": None},
    "allocation": {"symbol": "SPY", "strategic": 0.6, "target": 0.65},
}  # fmt: skip
NUMBER = {
    "drift": "actual", "volatility": "annualised", "signals": "value", "trades": "cost", "checks": "value",
    "alerts": "move", "risk": "marginal", "allocation": "target", "triggers": "value",
}  # fmt: skip
every_table = pytest.mark.parametrize("table", get_args(results.Table))
with_numbers = pytest.mark.parametrize("table", NUMBER)


def replace(warehouse, table, found, run_id="one"):
    with warehouse.open() as db:
        results.replace(db, run_id, table, found)


def stored(warehouse, table, run_id="one"):
    with warehouse.open() as db:
        return results.of_run(db, run_id, table)


@with_numbers
def test_rows_come_back_as_they_were_in_their_order(warehouse, table):
    row, column = ROWS[table], NUMBER[table]
    found = [row | {column: number} for number in (3.0, 0.1 + 0.2, -1e300, 1.0)]
    replace(warehouse, table, found)
    assert stored(warehouse, table) == found


@with_numbers
def test_again_is_the_same_and_another_result_takes_the_place(warehouse, table):
    row, column = ROWS[table], NUMBER[table]
    for _ in range(2):
        replace(warehouse, table, [row, row | {column: 2.0}])
    assert stored(warehouse, table) == [row, row | {column: 2.0}]
    replace(warehouse, table, [row])
    assert stored(warehouse, table) == [row]
    replace(warehouse, table, [])
    assert stored(warehouse, table) == []


@every_table
def test_other_runs_keep_theirs(warehouse, table):
    replace(warehouse, table, [ROWS[table]], "one")
    replace(warehouse, table, [ROWS[table]] * 2, "two' or 'x'='x")
    replace(warehouse, table, [], "one")
    assert stored(warehouse, table, "two' or 'x'='x") == [ROWS[table]] * 2


@with_numbers
def test_what_is_not_a_number_is_stored_as_nothing(warehouse, table):
    column = NUMBER[table]
    replace(warehouse, table, [ROWS[table] | {column: float("nan")}])
    assert stored(warehouse, table)[0][column] is None
    assert rows(warehouse, f"select count(*) from {table} where isnan({column})") == [(0,)]


@with_numbers
def test_a_column_of_nothing_but_missing_values(warehouse, table):
    found = [ROWS[table] | {NUMBER[table]: None}] * 2
    replace(warehouse, table, found)
    assert stored(warehouse, table) == found
