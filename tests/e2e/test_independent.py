"""Weights, drift, breaches, trades and risk of real runs against a calculation without our code."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import independent
from tests.e2e.cli import ROOT, Ran, daily, side_by_side
from tests.e2e.independent import Book, Order
from tests.e2e.market import LAYOUTS, SESSION, prices, write
from tests.e2e.schema import check

CORE = ROOT / "config" / "portfolios" / "core.toml"
SESSIONS = {
    "2017-05-10": "calm, nothing to do",
    "2018-09-12": "calm, SPY and EFA outside of their bands",
    "2015-08-24": "a fall at the open",
    "2020-03-16": "the worst day: limit prices too far from the closes of the day before",
}
VENDOR_NOISE = 5e-6
"""A smaller change of the vendor's adjusted close ÷ close is no distribution, so returns differ by it."""


def book_of(portfolio: Path, source: Path, session: str) -> Book:
    asked = independent.read_portfolio(portfolio)
    return independent.value(asked, independent.read_market(source, session, asked.symbols))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict[str, Any]], dict[str, Book]]:
    """The reports of every layout by its name, and the same portfolios read independently."""
    folder = tmp_path_factory.mktemp("invented")
    source, homes = folder / "prices.parquet", [folder / "one", folder / "two"]
    prices().to_parquet(source)
    books = {}
    for number, (name, layout) in enumerate(LAYOUTS.items()):
        file = write(homes[number % 2] / "portfolios", name, layout)
        books[name] = book_of(file, source, SESSION)
    ran = side_by_side(partial(daily, "all", SESSION, source, home, "--no-notify") for home in homes)
    return {run["portfolio"]: run for one in ran for run in one.json["runs"]}, books


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    source, folder = shared_data / "etf_daily.parquet", tmp_path_factory.mktemp("real")
    calls = [partial(daily, "core", day, source, folder / day, "--no-notify") for day in SESSIONS]
    return dict(zip(SESSIONS, side_by_side(calls), strict=True))


@pytest.mark.long
@pytest.mark.parametrize("name", LAYOUTS)
def test_invented_markets(invented, name: str) -> None:
    reports, books = invented
    check_report(reports[name], books[name], tolerance=1e-9)


@pytest.mark.parametrize("session", SESSIONS)
def test_core_on_real_prices(real, shared_data: Path, session: str) -> None:
    book = book_of(CORE, shared_data / "etf_daily.parquet", session)
    check_report(real[session].json, book, tolerance=VENDOR_NOISE)


def test_each_session_is_what_it_was_chosen_for(shared_data: Path) -> None:
    source = shared_data / "etf_daily.parquet"
    orders = {day: independent.decide(book_of(CORE, source, day)) for day in SESSIONS}
    assert not orders["2017-05-10"]
    assert orders["2018-09-12"]
    assert not any(order.held for order in orders["2018-09-12"])
    assert {True, False} == {order.held for order in orders["2020-03-16"]}


@pytest.mark.long
def test_each_layout_is_what_it_is_called(invented) -> None:
    """The independent answers alone show that the cases are there: nothing is proven by an empty list."""
    reports, books = invented
    statuses = {reports[name]["status"] for name in LAYOUTS}
    assert statuses == {"no_action", "recommended", "partial", "held"}
    orders = {
        name: {order.symbol: order for order in independent.decide(book)} for name, book in books.items()
    }
    breached = {key for key, row in independent.drift(books["class_only"]).items() if row.breached}
    assert breached == {("asset_class", "equity"), ("asset_class", "bonds")}
    assert not orders["calm"]
    for name in ("class_only", "orphan", "lots_of_ten", "fractional", "quarterly"):
        assert orders[name]
        assert not held(orders[name]), name
    for name in ("cash_short", "low_cash", "restricted_sell", "large_sell"):
        assert 0 < orders[name]["BETA"].factor < 1, name
    for name in ("restricted_sell", "large_sell"):
        assert held(orders[name]) == {"ALFA"}
        assert orders[name]["ALFA"].side == "SELL"
    assert orders["orphan"]["ORPH"].notional == 4000
    assert set(orders["min_trade"]) == {"ALFA", "BETA"}
    for name in ("stale", "turnover"):
        assert held(orders[name]) == set(orders[name]) != set()
    assert held(orders["stale_but_small"]) == {"OLD"}
    assert held(orders["thin"]) == {"THIN"}
    assert held(orders["capped"]) == {"ALFA"}
    assert held(orders["collar"]) == {"JUMP"}
    assert not any(row.breached for row in independent.drift(books["quarterly"]).values())
    assert orders["lots_of_ten"]["ALFA"].quantity % 10 == 0
    assert orders["fractional"]["TINY"].quantity.denominator > 1


def held(orders: dict[str, Order]) -> set[str]:
    return {symbol for symbol, order in orders.items() if order.held}


def check_report(report: dict[str, Any], book: Book, tolerance: float) -> None:
    """A report says what the independent calculation does; `tolerance` is for what rests on returns."""
    near = partial(pytest.approx, rel=1e-12, abs=1e-12)
    assert report["value"] == near(float(book.value))
    assert report["cash"] == near(float(book.portfolio.cash))
    check_drift(report["drift"], book, near)
    check_trades(report, book, near)
    check_risk(report["checks"], book, tolerance)
    check_measures(report, book, tolerance)
    check(report)
    returns = {name: report["benchmark"][name] for name in ("day", "month", "year")}
    assert returns == pytest.approx(independent.benchmark(book), abs=tolerance)


def check_drift(rows: list[dict[str, Any]], book: Book, near: Any) -> None:
    found = independent.drift(book)
    assert [(row["level"], row["key"]) for row in rows] == list(found)
    for row, expected in zip(rows, found.values(), strict=True):
        numbers = {name: float(getattr(expected, name)) for name in ("target", "actual", "drift", "band")}
        assert {name: row[name] for name in numbers} == near(numbers)
        assert row["breached"] == expected.breached, row


def check_trades(report: dict[str, Any], book: Book, near: Any) -> None:
    orders = independent.decide(book)
    trades = {trade["symbol"]: trade for trade in report["trades"]}
    assert set(trades) == {order.symbol for order in orders}
    for order in orders:
        trade, sign = trades[order.symbol], 1 if order.side == "BUY" else -1
        assert trade["side"] == order.side
        assert trade["quantity"] == float(order.quantity)
        assert trade["limit_price"] == float(order.limit)
        assert trade["status"] == ("held" if order.held else "proposed"), order
        assert bool(trade["held_because"]) == order.held
        assert trade["notional"] == near(float(order.notional))
        assert trade["cost"] == near(float(order.quantity * abs(order.limit - book.close[order.symbol])))
        assert trade["weight_before"] == near(float(book.weight(order.symbol)))
        assert trade["weight_after"] == near(float(book.weight(order.symbol, sign * order.quantity)))
    assert report["status"] == outcome(orders)
    sides = [trade["side"] for trade in report["trades"]]
    assert sides == sorted(sides, reverse=True), "sells stand first"


def outcome(orders: list[Order]) -> str:
    if not orders:
        return "no_action"
    count = sum(order.held for order in orders)
    return "held" if count == len(orders) else "partial" if count else "recommended"


def check_risk(checks: list[dict[str, Any]], book: Book, tolerance: float) -> None:
    found = {check["check"]: check for check in checks if check["scope"] == "portfolio"}
    risks = {"var_95": independent.value_at_risk(book), "max_drawdown": independent.drawdown(book)}
    for name, risk in risks.items():
        assert found[name]["value"] == pytest.approx(risk, abs=tolerance)
        assert risk < found[name]["limit"], "the independent calculation does not hold trades for this"
        assert found[name]["status"] == "pass"


def check_measures(report: dict[str, Any], book: Book, tolerance: float) -> None:
    volatility = {(row["symbol"], row["estimator"]): row["annualised"] for row in report["volatility"]}
    adaptive = {row["symbol"]: row for row in report["signals"] if row["signal"] == "adaptive"}
    annual = tolerance * 252**0.5
    for symbol in book.portfolio.symbols:
        expected = independent.volatility(book.market, symbol)
        found = {name: volatility[symbol, name] for name in expected}
        assert found == pytest.approx(expected, abs=annual)
        if symbol in book.stale:
            assert adaptive[symbol]["value"] is adaptive[symbol]["action"] is None
            continue
        score, action = independent.adaptive(book.market.adjusted[symbol])
        assert adaptive[symbol]["value"] == pytest.approx(score, rel=1e-9)
        assert adaptive[symbol]["action"] == action
