"""The real yfinance client against a local server: recorded answers and made-up histories."""

import json
from datetime import date

import pandas as pd
import pytest

from tasks.sources import Request
from tasks.sources.yfinance import begins, parse
from tests.standins.yahoo import recorded
from tests.tasks.sources.yahoo import END, SPLIT, actions, ask, table

REFUSED = (
    'priced in {}, declared in {}: set currency = "{}" in its [[instrument]] table of the portfolio file'
)


def row(delivery, session):
    return next(bar for bar in delivery.bars.to_pylist() if bar["session"] == session)


# Recorded answers. Expected values are what was traded and paid then, as published.


def test_apple_split_four_to_one(yahoo, shared_data):
    yahoo.replay("AAPL", recorded(shared_data / "yahoo_http/chart-AAPL-2020-08-31-to-2020-11-07.json"))
    delivery = ask(yahoo, "AAPL")
    assert actions(delivery) == [(date(2020, 8, 31), "split", 4.0), (date(2020, 11, 6), "dividend", 0.205)]
    assert delivery.bars.num_rows == 49
    bar = row(delivery, date(2020, 8, 31))
    assert bar["close"] == pytest.approx(129.04)
    assert bar["volume"] == 225_702_700
    assert (delivery.errors, delivery.returns) == ((), "total")


def test_nvidia_prices_are_as_traded_before_both_splits(yahoo, shared_data):
    """The recording ends in 2022 but was made after the 10:1 split of 2024, of which it doesn't tell."""
    body = recorded(
        shared_data / "yahoo_http/historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv.json"
    )
    body["chart"]["result"][0]["events"]["splits"]["1718026200"] = {
        "date": 1718026200,
        "numerator": 10,
        "denominator": 1,
    }
    yahoo.replay("NVDA", body)
    delivery = ask(yahoo, "NVDA", end=date(2022, 1, 31))
    assert row(delivery, date(2021, 7, 19))["close"] == pytest.approx(751.19)
    assert row(delivery, date(2021, 7, 20))["close"] == pytest.approx(186.12)
    assert actions(delivery) == [(date(2021, 7, 20), "split", 4.0)]  # the later one is not known on `end`


def test_microsoft_dividends(yahoo, shared_data):
    body = recorded(
        shared_data / "yahoo_http/historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json"
    )
    yahoo.replay("MSFT", body)
    paid = [(date(2021, 2, 17), 0.56), (date(2021, 5, 19), 0.56), (date(2021, 8, 18), 0.56)]
    paid.append((date(2021, 11, 17), 0.62))
    assert actions(ask(yahoo, "MSFT")) == [(day, "dividend", value) for day, value in paid]


@pytest.mark.parametrize(
    ("symbol", "sessions", "close"),
    [
        ("AAPL", [date(2020, 1, 2)], 75.0875),
        ("BTC-USD", [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)], 7200.17431640625),
        ("EURUSD=X", [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)], 1.12208259),
        ("0P000071W8.TO", [date(2020, 1, 2)], 73.72),
        ("OCDO.L", [date(2020, 1, 2)], 1259.5),
        ("WSKT.JK", [date(2020, 1, 2)], 1505.0),
        ("GC=F", [date(2020, 1, 2)], 1524.5),
    ],
)
def test_sessions_are_the_exchange_s_local_dates(yahoo, shared_data, symbol, sessions, close):
    body = recorded(shared_data / f"yahoo_http/chart-{symbol}-2020-01-01-to-2020-01-03.json")
    yahoo.replay(symbol, body)
    delivery = ask(yahoo, symbol, end=date(2020, 12, 31))
    # Apple's and the gold future's later splits are not in these ranges: the prices are Yahoo's own.
    assert delivery.bars["session"].to_pylist() == sessions
    assert delivery.bars["close"][0].as_py() == pytest.approx(close)
    assert delivery.adjusted.num_rows == len(sessions)


def test_a_weekend_reply_without_timestamps_is_empty(yahoo, shared_data):
    name = "chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json"
    body = recorded(shared_data / "yahoo_http" / name)
    body["chart"]["result"][0]["meta"]["dataGranularity"] = "1d"
    yahoo.replay("AAPL", body)
    assert [error.kind for error in ask(yahoo, "AAPL").errors] == ["empty"]


@pytest.mark.parametrize(
    "name",
    [
        "chart-notimestamp-quotes-length.fake.json",
        "chart-TSLA-2025-01-01-to-2025-01-02-interval-1h.fake.json",
        "weirdJsonResult.fake.json",
    ],
)
def test_a_strange_reply_is_kept_whole_and_not_guessed_at(yahoo, shared_data, name):
    body = recorded(shared_data / "yahoo_http" / name)
    yahoo.replay("AAPL", body)
    delivery = ask(yahoo, "AAPL")
    (error,) = delivery.errors
    assert error.kind == "not_understood"
    assert json.loads(error.answer) == body
    assert delivery.bars.num_rows == delivery.actions.num_rows == 0
    assert yahoo.charts_asked("AAPL") <= 1


@pytest.mark.parametrize("currency", ["USD", "GBP"])
def test_a_share_priced_in_pence_is_refused_in_dollars_and_in_pounds(yahoo, shared_data, currency):
    body = recorded(shared_data / "yahoo_http/chart-OCDO.L-2020-01-01-to-2020-01-03.json")
    yahoo.replay("OCDO.L", body)
    delivery = ask(yahoo, "OCDO.L", currency=currency)
    (error,) = delivery.errors
    assert (error.symbol, error.kind) == ("OCDO.L", "not_understood")
    assert error.error == REFUSED.format("GBp", currency, "GBp")
    assert json.loads(error.answer) == body
    assert delivery.bars.num_rows == delivery.adjusted.num_rows == 0
    assert yahoo.charts_asked("OCDO.L") <= 1


@pytest.mark.parametrize("declared", ["GBp", "GBX"])
def test_pence_are_taken_as_they_are_where_they_are_declared(yahoo, shared_data, declared):
    yahoo.replay("OCDO.L", recorded(shared_data / "yahoo_http/chart-OCDO.L-2020-01-01-to-2020-01-03.json"))
    delivery = ask(yahoo, "OCDO.L", currency=declared)
    assert (delivery.errors, delivery.bars["close"].to_pylist()) == ((), [1259.5])


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_answer_that_tells_no_currency_is_believed(yahoo, shared_data, nothing):
    body = recorded(shared_data / "yahoo_http/chart-OCDO.L-2020-01-01-to-2020-01-03.json")
    body["chart"]["result"][0]["meta"]["currency"] = nothing
    yahoo.replay("OCDO.L", body)
    delivery = ask(yahoo, "OCDO.L", currency="USD")
    assert delivery.errors == ()
    assert delivery.bars["close"].to_pylist() == pytest.approx([1259.5])


# Made-up histories.


def test_only_the_symbols_in_another_currency_are_refused(yahoo):
    for symbol, currency in {"SPY": "USD", "SAP.DE": "EUR", "FUND": None}.items():
        yahoo.serve(symbol, SPLIT, currency=currency)
    asked = ("SPY", "SAP.DE", "FUND")
    delivery = ask(yahoo, *asked, currency="USD")
    assert [(one.symbol, one.error) for one in delivery.errors] == [
        ("SAP.DE", REFUSED.format("EUR", "USD", "EUR"))
    ]
    assert delivery.bars["symbol"].unique().to_pylist() == ["SPY", "FUND"]
    assert ask(yahoo, "SAP.DE", currency="EUR").bars.num_rows == SPLIT.num_rows
    assert ask(yahoo, *asked).errors == ()


def test_everything_comes_back_as_it_was_traded(yahoo):
    yahoo.serve("FUND", SPLIT)
    delivery = ask(yahoo, "FUND", start=date(2024, 1, 1))
    for name in ("session", "open", "high", "low", "close", "volume"):
        assert delivery.bars[name].to_pylist() == pytest.approx(SPLIT[name].to_pylist())
    assert actions(delivery) == [
        (date(2024, 1, 4), "split", 4.0),
        (date(2024, 1, 8), "split", 2.0),
        (date(2024, 1, 3), "dividend", 2.0),
        (date(2024, 1, 5), "dividend", 0.5),
        (date(2024, 1, 5), "capital_gain", 1.5),
    ]


def test_a_later_split_changes_no_bar_that_was_known(yahoo):
    yahoo.serve("FUND", SPLIT.slice(0, 4))
    before = ask(yahoo, "FUND", start=date(2024, 1, 1), end=date(2024, 1, 5))
    yahoo.serve("FUND", SPLIT)
    after = ask(yahoo, "FUND", start=date(2024, 1, 1), end=date(2024, 1, 5))
    assert before.bars == after.bars
    assert before.actions == after.actions
    assert before.adjusted["adj_close"][0] != after.adjusted["adj_close"][0]  # the vendor's own did change


def test_all_of_the_history_when_no_start_is_given(yahoo):
    yahoo.serve("OLD", table(("1965-03-01", 10.0, 5.0, {}), ("1965-03-02", 11.0, 5.0, {})))
    assert ask(yahoo, "OLD", start=None).bars["session"][0].as_py() == date(1965, 3, 1)


def test_a_row_without_any_price_is_no_bar_but_one_with_a_hole_is(yahoo):
    nothing = dict.fromkeys(("open", "high", "low", "close"))
    yahoo.serve(
        "HOLE",
        table(
            ("2024-01-02", 10.0, 5.0, {}),
            ("2024-01-03", 10.0, 5.0, nothing | {"volume": None}),
            ("2024-01-04", 10.0, 5.0, {"close": None}),
            ("2024-01-05", 11.0, 5.0, {}),
        ),
    )
    bars = ask(yahoo, "HOLE").bars
    assert [day.day for day in bars["session"].to_pylist()] == [2, 4, 5]
    assert bars["close"].to_pylist() == [10.0, None, 11.0]


def test_the_digest_tells_equal_answers_from_others(yahoo):
    yahoo.serve("FUND", SPLIT)
    first, second = (ask(yahoo, "FUND").digest for _ in range(2))
    yahoo.serve("FUND", SPLIT.slice(1))
    assert first == second != ask(yahoo, "FUND").digest


def test_parse_is_pure():
    index = pd.DatetimeIndex(["2024-01-02", "2024-01-03"], tz="America/New_York")
    frame = pd.DataFrame(
        {"Open": 5.0, "High": 6.0, "Low": 4.0, "Close": 5.0, "Adj Close": 5.0, "Volume": 200}
        | {"Dividends": [0.5, 0.0], "Stock Splits": [0.0, 2.0]},
        index,
    )
    untouched = frame.copy(deep=True)
    parsed = parse(frame, "X", date(2024, 1, 2))
    pd.testing.assert_frame_equal(frame, untouched)
    (bar,) = parsed.bars.to_pylist()
    assert (bar["open"], bar["high"], bar["low"], bar["close"], bar["volume"]) == (10, 12, 8, 10, 100)
    assert [one["value"] for one in parsed.actions.to_pylist()] == [1.0]


def test_it_cannot_know_where_history_begins():
    assert begins(Request(("SPY",), None, END)) is None
