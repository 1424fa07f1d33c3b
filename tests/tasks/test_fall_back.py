"""A day with two vendors through their real clients: who serves, who is held, and who is asked again."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from flows.day import run_day
from quant.errors import InputError
from tasks.ingest.vendors import Vendor
from tasks.record.replay import replay
from tasks.run.plan import Asked, plan
from tests.conftest import mostly_long
from tests.standins.tiingo import TOKEN, Tiingo
from tests.tasks.desk import CLOSES, SESSION, TRADES, change, held, market, proposed, without

FALLBACK = '[data]\nfallback = ["tiingo"]\n'
CHECKED = f"{FALLBACK}cross_check = true\n"
LATE = "retry_late"  # refused with an hour's pause, so nothing waits for a second try


def serve(vendor, frame):
    for symbol in (*CLOSES, "SPY"):
        rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
        if len(rows):
            vendor.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))


@pytest.fixture
def yahoo(yahoo):
    serve(yahoo, market(CLOSES | {"SPY": 500.0}))
    return yahoo


@pytest.fixture
def tiingo():
    with Tiingo() as server:
        serve(server, market(CLOSES | {"SPY": 500.0}))
        yield server


@pytest.fixture
def where(desk, yahoo, tiingo):
    """The desk's place, with both vendors."""
    return desk.context(
        source="yfinance", yahoo_url=yahoo.address, tiingo_url=tiingo.address, tiingo_token=TOKEN
    )


def day(desk, context, tables=FALLBACK, portfolio=None):
    request = plan(context, Asked(str(portfolio or desk.portfolio(tables=tables)), SESSION))
    return run_day(context, request, notifying=False)


def test_a_fallback_is_not_asked_while_the_first_serves(desk, where, tiingo):
    report = day(desk, where)
    assert proposed(report) == TRADES
    assert (report.data.served_by, tiingo.asked) == ({}, [])


@pytest.mark.parametrize("fault", mostly_long([LATE, "empty", "garbage", "delisted"], "empty"))
def test_one_symbol_that_fails_is_served_by_the_fallback_alone(desk, where, yahoo, tiingo, fault):
    yahoo.fail("BBB", fault)
    report = day(desk, where)
    assert proposed(report) == TRADES
    assert report.data.served_by == {"BBB": "tiingo"}
    assert [error.symbol for error in report.data.errors] == ["BBB"]
    assert (len(tiingo.asked), tiingo.charts_asked("BBB")) == (1, 1)
    # Stored under its own name, whole, and never under the other's.
    assert desk.sql("select source, count(*) from bars where symbol = 'BBB' group by all") == [("tiingo", 60)]
    assert replay(where, report.run_id).difference is None


def test_a_vendor_that_is_down_is_served_whole_and_left_alone(desk, where, yahoo, tiingo):
    yahoo.fail("*", LATE)
    report = day(desk, where)
    assert proposed(report) == TRADES
    assert report.data.served_by == dict.fromkeys(CLOSES, "tiingo")
    trip = Vendor("yfinance", where).state().trip
    assert trip is not None
    assert trip.until == desk.now + timedelta(hours=1)  # what it asked for, longer than the cool-down
    yahoo.always.clear()
    asked = len(yahoo.asked)
    again = day(desk, where)
    assert len(yahoo.asked) == asked
    assert proposed(again) == TRADES
    assert "not asked before 2024-06-28 23:30 UTC" in again.data.errors[0].error


@pytest.mark.long
def test_without_a_fallback_everything_is_held_until_the_vendor_is_back(desk, where, yahoo):
    yahoo.fail("*", LATE)
    assert day(desk, where, tables="").status == "held"
    yahoo.always.clear()
    later = desk.at(desk.now + timedelta(hours=2)).context(source="yfinance", yahoo_url=yahoo.address)
    report = day(desk, later, tables="")
    assert proposed(report) == TRADES
    assert yahoo.charts_asked("SPY") == 1  # to find out that it is back
    assert Vendor("yfinance", later).state().trip is None


@pytest.mark.long
def test_symbols_that_all_look_delisted_are_an_outage(desk, where, yahoo):
    yahoo.fail("*", "delisted")
    report = day(desk, where, tables="")
    assert {error.kind for error in report.data.errors} == {"outage"}
    assert "yfinance does not give SPY" in report.data.errors[0].error


@pytest.mark.long
def test_symbols_that_are_delisted_are_not_an_outage(desk, where, yahoo):
    for symbol in CLOSES:
        yahoo.fail(symbol, "delisted")
    report = day(desk, where, tables="")
    assert {error.kind for error in report.data.errors} == {"delisted"}
    assert Vendor("yfinance", where).state().trip is None


@pytest.mark.long
@pytest.mark.parametrize("missing", ["row", "nulls"])
def test_a_completed_session_that_comes_back_empty_is_stale_and_asked_again(desk, where, yahoo, missing):
    whole = market()
    nulls = dict.fromkeys(("open", "high", "low", "close", "volume"))
    bad = without(whole, "BBB", [SESSION]) if missing == "row" else change(whole, "BBB", SESSION, **nulls)
    serve(yahoo, bad)
    alone = day(desk, where, tables="")
    assert (alone.status, alone.data.stale) == ("held", ["BBB"])
    assert "has no accepted bar on the session" in (held(alone)["AAA"] or "")
    backed = day(desk, where)
    assert (proposed(backed), backed.data.served_by) == (TRADES, {"BBB": "tiingo"})
    serve(yahoo, whole)
    assert proposed(day(desk, where, tables="")) == TRADES


@pytest.mark.long
def test_a_rejected_bar_is_served_by_the_fallback_though_an_older_version_passed(desk, where, yahoo):
    assert proposed(day(desk, where)) == TRADES
    serve(yahoo, change(market(), "BBB", SESSION, open=5.0, high=5.1, low=4.9, close=5.0))
    report = day(desk, where)
    assert [(row.symbol, row.rule) for row in report.data.quarantined] == [("BBB", "split_missing")]
    assert (proposed(report), report.data.served_by) == (TRADES, {"BBB": "tiingo"})
    assert report.alerts == []
    assert replay(where, report.run_id).difference is None


def test_two_vendors_that_disagree_hold_the_symbol_with_both_values(desk, where, tiingo):
    serve(tiingo, change(market(), "BBB", SESSION, close=51.0, high=51.1))
    report = day(desk, where, tables=CHECKED)
    assert report.status == "held"
    assert held(report)["BBB"] == (
        "BBB: yfinance says 50 on 2024-06-28, tiingo 51: they differ by 2.00%, more than 0.50%"
    )
    assert replay(where, report.run_id).difference is None
    wide = day(desk, where, tables=f"{CHECKED}disagreement = 0.03\n")
    assert (proposed(wide), wide.data.served_by) == (TRADES, {})


@pytest.mark.long
def test_a_budget_that_is_spent_is_not_an_outage(desk, where, yahoo, tiingo):
    tight = desk.context(
        source="yfinance", **where.settings.vendors | {"yahoo_budget": "4/hour"},
    )  # fmt: skip
    report = day(desk, tight)
    assert proposed(report) == TRADES
    assert (
        report.data.served_by["CCC"] == "tiingo"
    )  # how many requests one symbol takes is the client's affair
    assert len(yahoo.asked) == 4
    assert "the budget of 4/hour requests to yfinance is spent until" in report.data.errors[0].error
    assert Vendor("yfinance", tight).state().trip is None


@pytest.mark.long
def test_a_retry_asks_no_fallback_twice(desk, where, yahoo, tiingo):
    yahoo.fail("BBB", "empty")
    request = plan(where, Asked(str(desk.portfolio(tables=FALLBACK)), SESSION))
    first = run_day(where, request, notifying=False, token="retried1")
    again = run_day(where, request, notifying=False, token="retried1")
    assert len(tiingo.asked) == 1
    assert first.known_at == again.known_at


def test_a_file_has_no_fallback(desk, where, tiingo):
    prices = desk.prices(without(market(), "BBB", [SESSION]))
    request = plan(where, Asked(str(desk.portfolio(tables=CHECKED)), SESSION, prices))
    assert run_day(where, request, notifying=False).data.stale == ["BBB"]
    assert tiingo.asked == []


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ('[data]\nfallback = ["tingo"]\n', "did you mean 'tiingo'?"),
        (FALLBACK, "set BALLAST_TIINGO_TOKEN"),
    ],
)
def test_a_fallback_that_cannot_be_asked_is_refused(desk, tables, words):
    with pytest.raises(InputError) as refused:
        plan(desk.context(), Asked(str(desk.portfolio(tables=tables)), date(2024, 6, 28), "yfinance"))
    assert words in str(refused.value)
    assert not (desk.home / "warehouse.duckdb").exists()
