"""`ballast daily` with its default source: the real client, and a local server that speaks its protocol."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.e2e import invariants
from tests.e2e.desk import HOLDINGS, Desk, market
from tests.e2e.reports import comparable
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.yahoo import Yahoo, recorded

FAULTS = {  # fault: the kind that it is reported as
    "delisted": "delisted",
    "rate_limited": "rate_limited",
    "retry_late": "rate_limited",
    "error": "outage",
    "empty": "empty",
    "truncated": "not_understood",
    "slow": "outage",
    "dropped": "outage",
    "cut": "outage",
    "html": "not_understood",
}
TARGET = '\n[[target]]\nsymbol = "{symbol}"\nasset_class = "equity"\nweight = {weight}\n'


@pytest.fixture
def yahoo():
    with Yahoo() as server:
        yield server


@pytest.fixture
def desk(tmp_path, driver, yahoo):
    return Desk(tmp_path, driver, {"BALLAST_YAHOO_URL": yahoo.address, "BALLAST_YAHOO_BUDGET": "none"})


def bars(symbol, table):
    return table.filter(pc.equal(table["symbol"], symbol)).drop_columns(["symbol"])


def serve(yahoo, table=None):
    """Serve AAA and BBB of the made-up market, and the symbol that every vendor must know."""
    table = market(fall=0.1) if table is None else table
    for symbol in ("AAA", "BBB"):
        yahoo.serve(symbol, bars(symbol, table))
    yahoo.serve("SPY", bars("AAA", table))


def portfolio(desk, holdings, weights):
    """A portfolio of these symbols: name, quantities and weights."""
    text = '\nname = "listed"\nholdings = "listed.csv"\ncash = 15000.0\n'
    text += "".join(TARGET.format(symbol=symbol, weight=weight) for symbol, weight in weights.items())
    file = desk.folder / "listed.toml"
    file.write_text(text)
    (desk.folder / "listed.csv").write_text(holdings)
    return file


def stored(home, symbol):
    """(session, close, volume) of every current bar of a symbol."""
    return invariants.query(
        home,
        "select session, close, volume from bars where symbol = ? and known_to is null order by session",
        symbol,
    )


@pytest.mark.long
def test_the_same_bars_give_the_same_numbers_as_a_file(desk, yahoo):
    serve(yahoo)
    from_yahoo = desk.daily(desk.portfolio()).wait().report
    from_file = (
        desk.daily(desk.portfolio(), desk.prices(), BALLAST_HOME=str(desk.folder / "other")).wait().report
    )
    assert from_yahoo["data"]["errors"] == []
    assert from_yahoo["data"]["rows_new"] == 600
    assert (from_yahoo["returns"], from_file["returns"]) == ("total", "price")  # a file may know no dividends
    numbers = ("value", "cash", "benchmark", "drift", "volatility", "signals", "trades", "checks", "alerts")
    one, other = comparable(from_yahoo), comparable(from_file)
    assert {name: one[name] for name in numbers} == {name: other[name] for name in numbers}
    assert one["trades"]
    invariants.check(desk.home)


@pytest.mark.long
def test_each_failure_stays_with_its_symbol_and_holds_the_trades(desk, yahoo):
    """Good symbols stand between the bad ones, so that the vendor as a whole is not seen as failing."""
    serve(yahoo)
    weights = {"AAA": 0.5, "BBB": 0.1}
    for number, fault in enumerate(FAULTS):
        yahoo.serve(f"GOOD{number}", bars("BBB", market(fall=0.0)))
        yahoo.serve(f"BAD{number}", bars("BBB", market(fall=0.0)))
        yahoo.fail(f"BAD{number}", fault)
        weights |= {f"GOOD{number}": 0.02, f"BAD{number}": 0.02}
    outcome = desk.daily(portfolio(desk, HOLDINGS, weights)).wait()
    report = outcome.report
    kinds = {error["symbol"]: error["kind"] for error in report["data"]["errors"]}
    assert kinds == {f"BAD{number}": kind for number, kind in enumerate(FAULTS.values())}
    assert all(error["error"] for error in report["data"]["errors"])
    assert sorted(report["data"]["stale"]) == sorted(kinds)
    assert report["data"]["rows_new"] == 12 * 300
    assert report["status"] == "held"
    assert {trade["status"] for trade in report["trades"]} == {"held"}
    assert {trade["symbol"] for trade in report["trades"]} >= {"AAA", "BBB"}
    assert report["value"] == pytest.approx(100_000, rel=0.01)
    invariants.check(desk.home)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["error", "rate_limited", "dropped"])
def test_an_outage_holds_everything_and_is_said_once(desk, yahoo, tmp_path, fault):
    serve(yahoo)
    with SlackStandIn(tmp_path / "slack.db") as slack:
        desk.variables.update(BALLAST_SLACK_URL=slack.url, BALLAST_SLACK_TOKEN=TOKEN)
        file, before = desk.portfolio(), date(2015, 8, 21)
        assert desk.daily(file, session=before).wait().report["status"] == "recommended"
        yahoo.fail("*", fault)
        first = desk.daily(file).wait().report
        told = len(slack.messages())
        again = desk.daily(file).wait().report
        assert len(slack.messages()) == told
    assert (first["status"], again["status"]) == ("held", "held")
    assert [error["symbol"] for error in first["data"]["errors"]] == ["AAA", "BBB"]
    assert {trade["status"] for trade in first["trades"]} == {"held"}
    assert first["trades"]
    assert [notice["state"] for notice in again["notices"]] == ["sent"]
    sentences = again["data"].pop("errors"), first["data"].pop("errors")
    assert all("not asked " in one["error"] for found in sentences for one in found)
    assert comparable(first) == comparable(again)
    invariants.check(desk.home)


@pytest.mark.long
def test_an_outage_on_the_first_day_is_held_too_and_over_when_it_is_over(desk, yahoo):
    serve(yahoo)
    yahoo.fail("*", "down")
    report = desk.daily(desk.portfolio()).wait().report
    assert (report["status"], report["value"], report["trades"]) == ("held", None, [])
    assert {error["kind"] for error in report["data"]["errors"]} == {"outage"}
    yahoo.always.clear()
    assert desk.daily(desk.portfolio()).wait().report["status"] == "held"  # left alone for a while
    (desk.home / "vendors" / "yfinance.json").unlink()
    assert desk.daily(desk.portfolio()).wait().report["status"] == "recommended"


def test_recorded_answers_are_what_is_held(desk, yahoo, shared_data):
    symbols = ("AAPL", "AMZN", "GOOG", "QQQ", "SPOT", "ABBV")
    closes = {}
    for symbol in symbols:
        body = recorded(shared_data / "yahoo_http" / f"chart-{symbol}-2020-01-01-to-2020-01-03.json")
        yahoo.replay(symbol, body)
        closes[symbol] = body["chart"]["result"][0]["indicators"]["quote"][0]["close"][0]
    holdings = "symbol,quantity\n" + "".join(f"{symbol},10\n" for symbol in symbols)
    weights = dict.fromkeys(symbols, 0.16) | {"AAPL": 0.2}
    report = desk.daily(portfolio(desk, holdings, weights), session=date(2020, 1, 2)).wait().report
    assert report["data"]["errors"] == report["data"]["quarantined"] == report["data"]["stale"] == []
    assert report["value"] == pytest.approx(15_000 + 10 * sum(closes.values()), rel=1e-12)
    weight = {row["key"]: row["actual"] for row in report["drift"] if row["level"] == "instrument"}
    assert weight["AAPL"] == pytest.approx(10 * closes["AAPL"] / report["value"], rel=1e-12)


def test_apple_is_stored_as_it_was_traded_before_its_split(desk, yahoo, shared_data):
    """28 August 2020 closed at 499.23, the last day before 4:1; Yahoo tells it as 124.8075."""
    body = recorded(shared_data / "yahoo_http/chart-AAPL-2020-08-31-to-2020-11-07.json")
    result = body["chart"]["result"][0]
    day_before = {"open": 126.0125, "high": 126.442497, "low": 124.577499, "close": 124.8075}
    for name, value in (day_before | {"volume": 187_630_000}).items():
        result["indicators"]["quote"][0][name].insert(0, value)
    result["indicators"]["adjclose"][0]["adjclose"].insert(0, 123.0)
    result["timestamp"].insert(0, result["timestamp"][0] - 3 * 86_400)
    yahoo.replay("AAPL", body)
    file = portfolio(desk, "symbol,quantity\nAAPL,100\n", {"AAPL": 1.0})
    report = desk.daily(file, session=date(2020, 8, 31)).wait().report
    assert report["data"]["quarantined"] == []
    assert report["value"] == pytest.approx(15_000 + 100 * 129.04, abs=0.01)
    assert stored(desk.home, "AAPL") == [
        (date(2020, 8, 28), pytest.approx(499.23), pytest.approx(46_907_500)),
        (date(2020, 8, 31), pytest.approx(129.04, abs=1e-4), 225_702_700),
    ]


@pytest.mark.long
def test_a_later_split_changes_no_stored_bar(desk, yahoo):
    known = market(fall=0.0)
    serve(yahoo, known)
    first = desk.daily(desk.portfolio()).wait().report
    before = stored(desk.home, "AAA")
    rows = bars("AAA", known)
    split = rows.slice(len(rows) - 1).to_pylist()[0]
    prices = {name: split[name] / 10 for name in ("open", "high", "low", "close")}
    later = [{**split, **prices, "session": date(2015, 8, 25), "volume": 1e7, "split": 10.0}]
    yahoo.serve("AAA", pa.concat_tables([rows, pa.Table.from_pylist(later)], promote_options="default"))
    again = desk.daily(desk.portfolio()).wait().report
    assert yahoo.charts["AAA"]({"period1": "0", "period2": "9999999999"}).count('"numerator": 10.0') == 1
    assert again["data"]["rows_restated"] == again["data"]["rows_new"] == 0
    assert stored(desk.home, "AAA") == before
    assert comparable(first) == comparable(again)
    later_day = desk.daily(desk.portfolio(), session=date(2015, 8, 25)).wait().report
    assert later_day["data"]["rows_restated"] == 0
    assert stored(desk.home, "AAA")[:-1] == before
    closes = json.loads(yahoo.charts["AAA"]({"period1": "0", "period2": "9999999999"}))["chart"]["result"][0]
    delivered = closes["indicators"]["quote"][0]["close"]
    assert [close / 10 for _, close, _ in before] == pytest.approx(delivered[:-1])
