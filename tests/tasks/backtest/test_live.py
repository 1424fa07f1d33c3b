"""A day of a backtest is the day of `ballast daily`, to the last digit."""

from datetime import date
from math import isnan

import pytest

from quant.decide import decide
from quant.rebalance.controls import Controls
from quant.trading.wash_sales import WashSales
from tasks.backtest.simulate import Simulation
from tests.conftest import mostly_long
from tests.tasks.backtest.markets import abroad, market_of, stored, wandering
from tests.tasks.desk import Desk, sessions

CASH = 250_000.0
FIRST = sessions(300)[0]
SETTINGS = {
    "bands": (
        "[rebalance]\nband_relative = 0.1\n\n[risk]\nmax_weight = 0.6\nvar_95 = 0.02\nmax_turnover = 0.3\n"
    ),
    "costs": (
        "[rebalance]\nwhen = 'volatility_band or total_drift'\nvolatility_band = 0.5\ntotal_drift = 0.03\n"
        "destination = 'halfway'\n\n[costs]\ncommission_per_order = 1.0\nhalf_spread = 2.0\nimpact = 0.5\n"
    ),
    "taxes": (
        "[rebalance]\ncalendar = 'monthly'\ncash_flow = 0.05\nwhen = 'calendar or cash_flow'\n\n"
        "[tax]\nmethod = 'hifo'\nshort_rate = 0.37\nlong_rate = 0.2\n"
    ),
    "dynamic": (
        "[allocation]\nmodel = 'risk_parity'\ntilt = 0.1\n\n[rebalance]\nband_relative = 0.15\n\n"
        "[risk]\nmax_volatility = 0.11\ndata_tolerance = 0.5\n"
    ),
}
DAYS = range(3, 300, 6)
HOLIDAY = sessions(300).index(date(2024, 5, 6))
ABROAD = (
    '[[instrument]]\nsymbol = "BBB"\ncurrency = "GBp"\ncalendar = "XLON"\n\n'
    "[rebalance]\nband_relative = 0.1\n\n[risk]\nvar_95 = 0.03\n"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("backtest"))
    return desk, stored(desk, wandering())


@pytest.mark.parametrize("place", mostly_long(DAYS, 3, 99, 297))
@pytest.mark.parametrize("name", SETTINGS)
def test_every_number_of_a_day(desk, name, place):
    desk, source = desk
    assert_same(desk, source, wandering(), name, place, SETTINGS[name])


@pytest.fixture(scope="module")
def london(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("london"))
    return desk, stored(desk, abroad(), desk.portfolio({}, name="first", tables=ABROAD))


@pytest.mark.parametrize("place", mostly_long([*DAYS, HOLIDAY], 99, HOLIDAY))
def test_every_number_of_a_day_with_another_exchange_and_currency(london, place):
    """Also on a day on which London is closed."""
    assert_same(*london, abroad(), "abroad", place, ABROAD)


def assert_same(desk, source, frame, name, place, tables):
    session = sessions(300)[place]
    file = desk.portfolio({}, name=f"{name}{place}", tables=tables)
    market, portfolio = market_of(desk, file, source, FIRST, session)
    simulation = Simulation(market, portfolio, CASH)
    held = simulation.run().held
    assert market.sessions[held.at] == session

    lots = [f"{lot.symbol},{lot.quantity!r},{lot.cost_basis!r},{lot.acquired}" for lot in held.lots]
    holdings = "\n".join(["symbol,quantity,cost_basis,acquired", *lots]) + "\n"
    (desk.folder / f"{name}{place}.csv").write_text(holdings)
    text = file.read_text().replace("cash = 5000.0", f"cash = {held.cash!r}\nholdings_as_of = {session}")
    file.write_text(text)
    report = desk.day(frame, file, session)

    tax = portfolio.tax
    kept = Controls(wash_sales=WashSales(block=tax.blocks_wash_sales)) if tax else None
    inputs = simulation.inputs(held, controls=kept)
    decision = decide(inputs)
    assert [
        (row.trade.symbol, row.trade.side, row.trade.quantity, row.trade.limit_price, row.trade.notional,
         row.trade.trigger, row.trade.rule, row.trade.weight_before, row.trade.weight_after, row.held_because)
        for row in decision.trades
    ] == [
        (row.symbol, row.side, row.quantity, row.limit_price, row.notional,
         row.trigger, row.rule, row.weight_before, row.weight_after, row.held_because)
        for row in report.trades
    ]  # fmt: skip
    checks = {(row.check, row.scope): (row.value, row.limit, row.status) for row in report.checks}
    found = {
        (one.check, one.scope): (_null(one.value), _null(one.limit), one.status) for one in decision.findings
    }
    assert found == checks
    assert inputs.book.value == report.value


def _null(value):
    return None if isnan(value) else value


def test_a_run_without_holdings_is_asked_on_the_first_session(desk):
    """The market is the same object for another portfolio of the same symbols."""
    desk, source = desk
    file = desk.portfolio({}, name="again", tables=SETTINGS["bands"])
    market, portfolio = market_of(desk, file, source, FIRST)
    assert market.knows(portfolio.model_copy(update={"rebalance": portfolio.rebalance}))
    assert not market.knows(replace_target(portfolio))


def replace_target(portfolio):
    first, *others = portfolio.target
    other = first.model_copy(update={"symbol": "BBB"})
    return portfolio.model_copy(update={"target": (other, *others[1:])})
