"""The client of Tiingo against a local server: as traded, each failure by its name, the token never shown."""

import json
import logging
from datetime import date

import pyarrow as pa
import pytest
from pydantic import SecretStr

from tasks.context.patience import Patience
from tasks.sources import Request
from tasks.sources.tiingo import fetch
from tests.standins.tiingo import TOKEN, Tiingo
from tests.standins.yahoo import Fault

QUICK = Patience(first_wait=0.01, longest_wait=1.0, request=1.0, symbol=4.0, total=6.0)
END = date(2020, 9, 30)
MONTH = "You have run over your 500 symbol look up for this month. Please upgrade."
LATER = '[{"date":"2020-08-31T00:00:00.000Z"},{"date":"2020-08-28T00:00:00.000Z"}]'
TIMED = json.dumps(
    [
        dict.fromkeys(("open", "high", "low", "close", "volume", "adjClose", "splitFactor"), 1.0)
        | {"date": "2020-08-27T22:00:00.000Z", "divCash": 0.0}
    ]
)

# Apple as it was traded around its split of 4:1, and its dividend of 7 August.
APPLE = pa.Table.from_pylist(
    [
        {"session": date(2020, 8, 6), "open": 441.62, "high": 457.65, "low": 439.19, "close": 455.61}
        | {"volume": 50_607_225.0, "split": 1.0, "dividend": 0.0, "adj_close": 113.7},
        {"session": date(2020, 8, 7), "open": 452.82, "high": 454.7, "low": 441.17, "close": 444.45}
        | {"volume": 49_511_403.0, "split": 1.0, "dividend": 0.82, "adj_close": 111.1},
        {"session": date(2020, 8, 28), "open": 504.05, "high": 505.77, "low": 498.31, "close": 499.23}
        | {"volume": 46_907_479.0, "split": 1.0, "dividend": 0.0, "adj_close": 124.8},
        {"session": date(2020, 8, 31), "open": 127.58, "high": 131.0, "low": 126.0, "close": 129.04}
        | {"volume": 223_505_733.0, "split": 4.0, "dividend": 0.0, "adj_close": 129.04},
    ]
)


@pytest.fixture
def tiingo():
    with Tiingo() as server:
        for symbol in ("AAPL", "BAD", "SPY"):
            server.serve(symbol, APPLE)
        yield server


def ask(tiingo, *symbols, end=END, token=TOKEN, **currencies):
    start = date(2020, 8, 1)
    request = Request(
        symbols, start, end, tiingo.address, token=SecretStr(token), patience=QUICK, currencies=currencies
    )
    return fetch(request)


def test_prices_volumes_and_cash_are_as_traded_on_both_sides_of_a_split(tiingo):
    delivery = ask(tiingo, "AAPL")
    assert delivery.errors == ()
    for name in ("session", "open", "high", "low", "close", "volume"):
        assert delivery.bars[name].to_pylist() == APPLE[name].to_pylist()
    assert [(one["ex_date"], one["kind"], one["value"]) for one in delivery.actions.to_pylist()] == [
        (date(2020, 8, 7), "dividend", 0.82),
        (date(2020, 8, 31), "split", 4.0),
    ]
    assert delivery.adjusted["adj_close"].to_pylist() == APPLE["adj_close"].to_pylist()


def test_nothing_after_the_last_session_is_asked_for(tiingo):
    delivery = ask(tiingo, "AAPL", end=date(2020, 8, 28))
    assert delivery.bars["session"].to_pylist()[-1] == date(2020, 8, 28)
    assert delivery.actions["kind"].to_pylist() == ["dividend"]
    assert tiingo.asked == [
        "/tiingo/daily/AAPL/prices?startDate=2020-08-01&endDate=2020-08-28&format=json",
    ]


@pytest.mark.parametrize(
    ("fault", "kind", "requests"),
    [
        ("delisted", "delisted", 1),
        ("delisted_200", "delisted", 1),
        (Fault(404, '{"detail":"Not found."}'), "delisted", 1),
        ("empty", "empty", 1),
        ("rate_limited", "rate_limited", 3),
        ("spent_200", "rate_limited", 3),
        (Fault(200, MONTH), "rate_limited", 3),
        ("retry_late", "rate_limited", 1),
        ("error", "outage", 3),
        ("down", "outage", 3),
        ("cut", "outage", 3),
        ("dropped", "outage", 3),
        (Fault(delay=30.0), "outage", 3),
        ("garbage", "not_understood", 1),
        ("weird", "not_understood", 1),
        ("html", "not_understood", 1),
        ("truncated", "not_understood", 1),
        (Fault(200, LATER), "not_understood", 1),
        (Fault(200, TIMED), "not_understood", 1),
        (Fault(302, "", {"Location": "/elsewhere"}), "not_understood", 1),
    ],
)
def test_failures_are_told_apart_and_stay_with_their_symbol(tiingo, fault, kind, requests):
    tiingo.fail("BAD", fault)
    delivery = ask(tiingo, "AAPL", "BAD", "SPY")
    assert [(error.symbol, error.kind) for error in delivery.errors] == [("BAD", kind)]
    assert delivery.bars["symbol"].unique().to_pylist() == ["AAPL", "SPY"]
    assert tiingo.charts_asked("BAD") == requests


@pytest.mark.parametrize("fault", ["retry_soon", "error", "dropped"])
def test_what_passes_is_waited_for(tiingo, fault):
    tiingo.fail("SPY", fault, times=1)
    delivery = ask(tiingo, "SPY")
    assert (delivery.errors, delivery.bars.num_rows) == ((), 4)


def test_an_answer_that_is_not_understood_is_kept_whole(tiingo):
    tiingo.fail("BAD", "weird")
    (error,) = ask(tiingo, "BAD").errors
    assert error.answer == '{"somethingWeird": true}'


@pytest.mark.parametrize("unit", ["EUR", "GBp"])
def test_a_symbol_in_another_unit_is_refused_unasked(tiingo, unit):
    (error,) = ask(tiingo, "SPY", SPY=unit).errors
    assert error.error == f"not asked: Tiingo's prices are in USD, it is declared in {unit}"
    assert (error.kind, tiingo.asked) == ("not_understood", [])


def test_a_rate_is_not_asked_for(tiingo):
    (error,) = ask(tiingo, "GBPUSD=X").errors
    assert (error.kind, tiingo.asked) == ("empty", [])


@pytest.mark.parametrize("fault", [None, "forbidden", "error", "dropped", "garbage"])
def test_the_token_is_sent_and_never_shown(tiingo, caplog, fault):
    caplog.set_level(logging.DEBUG)
    if fault:
        tiingo.fail("*", fault)
    delivery = ask(tiingo, "SPY")
    assert bool(delivery.errors) == bool(fault)
    request = Request(("SPY",), None, END, token=SecretStr(TOKEN))
    assert TOKEN not in "".join([repr(delivery), repr(request), caplog.text, *tiingo.asked])


def test_a_wrong_token_is_told_with_the_variable_that_holds_it(tiingo):
    (error,) = ask(tiingo, "SPY", token="another").errors
    assert error.kind == "outage"
    assert "refused the token of BALLAST_TIINGO_TOKEN (HTTP 403" in error.error
    assert "another" not in error.error
