"""Days of a portfolio in three currencies on three exchanges, against an independent calculation."""

from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from flows.day import run_day
from quant.policy import definitions
from tasks.record.replay import replay
from tasks.run.plan import Asked, plan
from tests.conftest import mostly_long
from tests.standins.yahoo import Yahoo, recorded
from tests.tasks import abroad
from tests.tasks.abroad import HELD, LISTED, RATES, SESSION, TARGET
from tests.tasks.desk import Desk, change, crash, held, rules, without

TOLERANCE = 1e-12


def portfolio(desk, tables=abroad.INSTRUMENTS, **given):
    targets = {symbol: float(weight) for symbol, weight in TARGET.items()}
    return desk.portfolio(HELD, targets, tables=tables, **given)


def day(desk: Desk, frame, session=SESSION, tables=abroad.INSTRUMENTS):
    return desk.at(datetime(2024, 12, 31, tzinfo=UTC)).day(frame, portfolio(desk, tables), session)


def agrees(report, close):
    """Value, weights and every order as worked out in fractions."""
    total, wanted = abroad.value(close), abroad.orders(close)
    assert report.value == pytest.approx(float(total), rel=TOLERANCE)
    worth = abroad.prices(close)
    actual = {row.key: row.actual for row in report.drift if row.level == "instrument"}
    weights = {symbol: float(HELD[symbol] * worth[symbol] / total) for symbol in LISTED}
    assert actual == pytest.approx(weights, rel=TOLERANCE)
    shares = {row.symbol: row.quantity * (1 if row.side == "BUY" else -1) for row in report.trades}
    assert shares == {symbol: order.shares for symbol, order in wanted.items()}
    for row in report.trades:
        order = wanted[row.symbol]
        assert row.limit_price == float(order.limit)
        assert row.notional == pytest.approx(float(order.notional), rel=TOLERANCE)
        assert row.weight_after == pytest.approx(float(order.weight_after), rel=TOLERANCE)
        crossing = abs(order.limit - close[row.symbol]) / close[row.symbol] * order.notional
        assert row.cost == pytest.approx(float(crossing), rel=1e-9)
        assert row.currency == LISTED[row.symbol][0]


def test_a_day_on_three_exchanges(desk):
    frame = abroad.market(years=2.2)
    limits = "[risk]\nvar_95 = 0.5\nmax_drawdown = 0.9\nmax_turnover = 0.9\nprice_collar = 0.1\n"
    report = day(desk, frame, tables=abroad.INSTRUMENTS + limits)
    assert (report.data.quarantined, report.data.stale, report.status) == ([], [], "recommended")
    agrees(report, abroad.closes(frame, SESSION))
    assert [(row.pair, row.rate, row.session) for row in report.data.fx] == [
        ("GBPUSD", 1.2642, "2024-06-28"),
        ("JPYUSD", 0.00621543, "2024-06-28"),
    ]
    found = {row.check: row.value for row in report.checks if row.scope == "portfolio"}
    returns = abroad.backcast(frame, SESSION)
    losses = np.sort(-returns[-500:])
    assert found["var_95"] == pytest.approx(losses[475], rel=1e-9)  # 24 of 500 losses are larger
    wealth = np.concatenate([[1.0], np.cumprod(1 + returns[-252:])])
    assert found["max_drawdown"] == pytest.approx(max(1 - wealth / np.maximum.accumulate(wealth)), rel=1e-9)
    turnover = sum(row.notional for row in report.trades) / 2 / report.value
    assert found["max_turnover"] == pytest.approx(turnover, rel=TOLERANCE)
    assert replay(desk.context(), report.run_id).difference is None


@pytest.mark.long
def test_pounds_are_a_hundred_pence(tmp_path):
    frame = abroad.market()
    pence = day(Desk(tmp_path / "pence"), frame)
    of_it = frame["symbol"] == "BBB.L"
    frame.loc[of_it, ["open", "high", "low", "close"]] /= 100
    pounds = day(Desk(tmp_path / "pounds"), frame, tables=abroad.INSTRUMENTS.replace("GBp", "GBP"))
    assert pounds.value == pytest.approx(pence.value, rel=TOLERANCE)
    for in_pence, in_pounds in zip(pence.drift, pounds.drift, strict=True):
        assert in_pounds.actual == pytest.approx(in_pence.actual, rel=TOLERANCE)
    sold, other = (next(row for row in run.trades if row.symbol == "BBB.L") for run in (pence, pounds))
    assert (other.quantity, other.currency) == (sold.quantity, "GBP")
    assert other.limit_price == pytest.approx(sold.limit_price / 100, abs=0.01)  # its tick is a penny


@pytest.mark.parametrize(
    ("session", "resting"),
    [
        pytest.param(date(2024, 8, 26), "BBB.L", marks=pytest.mark.long),
        pytest.param(date(2024, 5, 6), "BBB.L", marks=pytest.mark.long),
        (date(2024, 9, 23), "CCC.T"),
    ],
)
def test_an_exchange_that_rests_keeps_its_last_close(desk, session, resting):
    """Holidays of London and of Tokyo (6 May is one of both): fresh, and no alert of the day before."""
    frame = abroad.market(session)
    before = frame.loc[frame["symbol"] == resting, "session"].max()
    assert before < session
    frame = crash(frame, resting, before, 0.2)
    frame.loc[(frame["symbol"] == resting) & (frame["session"] == before), ["open", "high"]] *= 1.25
    report = day(desk, frame, session)
    assert (report.data.stale, report.data.quarantined, report.alerts) == ([], [], [])
    assert report.status == "recommended"
    agrees(report, abroad.closes(frame, session))
    earlier = day(desk, frame, before)
    assert [(alert.symbol, alert.at) for alert in earlier.alerts] == [(resting, str(before))]


def test_a_portfolio_of_one_foreign_exchange_rests_with_it(desk):
    """New York sets the sessions, London has all the instruments: on its bank holiday nothing is stale."""
    session, symbols = date(2024, 8, 26), ("AAA", "BBB", "CCC")
    walk = abroad.market(session).query("symbol == 'BBB.L'")
    frame = pd.concat([walk.assign(symbol=symbol) for symbol in symbols])
    tables = "".join(f'[[instrument]]\nsymbol = "{symbol}"\ncalendar = "XLON"\n' for symbol in symbols)
    holdings = {"AAA": 900.0, "BBB": 200.0, "CCC": 200.0}
    later = desk.at(datetime(2024, 12, 31, tzinfo=UTC))
    report = later.day(frame, desk.portfolio(holdings, tables=tables), session)
    assert (report.data.stale, report.status) == ([], "recommended")
    assert {row.expires for row in report.trades} == {"2024-08-27T15:30:00Z"}


@pytest.mark.long
def test_an_order_waits_for_its_own_exchange(desk):
    report = day(desk, abroad.market(date(2024, 8, 23)), date(2024, 8, 23))
    assert {row.symbol: row.expires for row in report.trades} == {
        "AAA": "2024-08-26T20:00:00Z",
        "BBB.L": "2024-08-27T15:30:00Z",  # the 26th is a bank holiday
        "CCC.T": "2024-08-26T06:00:00Z",
    }


@pytest.mark.long
def test_a_bar_on_a_holiday_of_its_own_exchange_is_rejected(desk):
    frame, holiday = abroad.market(date(2024, 8, 27)), date(2024, 8, 26)
    bar = frame[(frame["symbol"] == "BBB.L") & (frame["session"] == date(2024, 8, 27))].assign(
        session=holiday
    )
    report = day(desk, pd.concat([frame, bar]), date(2024, 8, 27))
    assert rules(report) == [("BBB.L", "2024-08-26", "trading_day")]
    assert report.status == "recommended"


@pytest.mark.long
def test_a_close_that_its_exchange_owes_holds(desk):
    """On the bank holiday London's close of the Friday before is still missing."""
    session, friday = date(2024, 8, 26), date(2024, 8, 23)
    report = day(desk, without(abroad.market(session), "BBB.L", [friday]), session)
    assert report.data.stale == ["BBB.L"]
    assert report.status == "held"


@pytest.mark.parametrize("rate", mostly_long(RATES.values(), "JPYUSD=X"))
def test_a_missing_rate_holds_what_depends_on_it(desk, rate):
    name, frame = rate.removesuffix("=X"), without(abroad.market(), rate, [SESSION])
    report = day(desk, frame)
    assert (report.status, report.data.stale) == ("held", [rate])
    [symbol] = [symbol for symbol, own in RATES.items() if own == rate]
    assert {*held(report)} == {*LISTED}
    assert f"no {name} rate on 2024-06-28" in held(report)[symbol]
    # Valued at the last rate, which says of which day it is.
    agrees_on = abroad.closes(frame, SESSION)
    assert report.value == pytest.approx(float(abroad.value(agrees_on)), rel=TOLERANCE)
    assert [row.session for row in report.data.fx if row.pair == name] == ["2024-06-27"]


@pytest.mark.long
def test_a_rate_that_never_came_leaves_no_value(desk):
    frame = abroad.market()
    report = day(desk, frame[frame["symbol"] != "JPYUSD=X"])
    assert (report.status, report.value, report.trades) == ("held", None, [])
    assert any("no JPYUSD rate on 2024-06-28" in row.rule for row in report.checks)


@pytest.mark.long
def test_a_quarantined_rate_holds_and_says_so(desk):
    rate = 126.42  # in cents
    prices = dict.fromkeys(("open", "high", "low", "close"), rate)
    report = day(desk, change(abroad.market(), "GBPUSD=X", SESSION, **prices))
    assert "no GBPUSD rate on 2024-06-28 (quarantined: unit_100x)" in held(report)["BBB.L"]
    assert report.alerts == []


def test_the_session_is_the_last_one_that_every_exchange_has_completed(desk):
    source = desk.prices(abroad.market(date(2024, 7, 3)))
    asked = Asked(str(portfolio(desk)), None, source)
    # New York closes early, at 17:00 UTC, and London at 15:30.
    for now, session in (((18, 59), date(2024, 7, 2)), ((19, 0), date(2024, 7, 3))):
        context = desk.at(datetime(2024, 7, 3, *now, tzinfo=UTC)).context()
        assert plan(context, asked).session == session


@pytest.mark.long
def test_yahoo_tells_pence_and_rates(desk, shared_data):
    """Recorded answers: Ocado in pence on 2 January 2020, and the euro in dollars."""
    ocado = recorded(shared_data / "yahoo_http/chart-OCDO.L-2020-01-01-to-2020-01-03.json")
    euro = recorded(shared_data / "yahoo_http/chart-EURUSD=X-2020-01-01-to-2020-01-03.json")
    pound = pa.table(
        {name: [1.3136] for name in ("open", "high", "low", "close")}
        | {"session": [date(2020, 1, 2)], "volume": [0.0]}
    )
    tables = '[[instrument]]\nsymbol = "OCDO.L"\ncurrency = "{}"\ncalendar = "XLON"\n'
    tables += '[[instrument]]\nsymbol = "SAP.DE"\ncurrency = "EUR"\ncalendar = "XETR"\n'
    holdings = {"OCDO.L": 1000.0, "SAP.DE": 10.0}
    with Yahoo() as yahoo:
        yahoo.replay("OCDO.L", ocado)
        yahoo.replay("EURUSD=X", euro)
        yahoo.serve("GBPUSD=X", pound, "CURRENCY")
        sap = pound.set_column(3, "close", [[120.32]]).set_column(1, "high", [[121.0]])
        yahoo.serve("SAP.DE", sap.set_column(0, "open", [[120.0]]), currency="EUR")
        for declared, status in (("GBP", "held"), ("GBp", "recommended")):
            file = desk.portfolio(
                holdings,
                {"OCDO.L": 0.5, "SAP.DE": 0.5},
                tables=tables.format(declared),
                name=f"eu-{declared}",
            )
            text = file.read_text().replace('benchmark = "AAA"', "")
            file.write_text(text)
            context = desk.context(yahoo_url=yahoo.address)
            request = plan(context, Asked(str(file), date(2020, 1, 2), "yfinance"))
            report = run_day(context, request, notifying=False)
            assert report.status == status, report.data
            if declared == "GBp":
                euros = Fraction("120.32") * Fraction(str(euro_close(euro)))
                value = 5000 + 1000 * Fraction("1259.5") / 100 * Fraction("1.3136") + 10 * euros
                assert report.value == pytest.approx(float(value), rel=TOLERANCE)
            else:
                [error] = report.data.errors
                assert 'set currency = "GBp" in its [[instrument]] table' in error.error


def euro_close(body) -> float:
    return body["chart"]["result"][0]["indicators"]["quote"][0]["close"][1]


LACKING = date(2024, 6, 20)  # a Thursday; the day before was a holiday in New York alone


def test_a_session_without_a_rate_holds_what_is_priced_in_it_until_a_person_accepts_it(desk, monkeypatch):
    frame = without(abroad.market(), "GBPUSD=X", [LACKING, date(2024, 6, 19)])
    with monkeypatch.context() as before:
        before.setattr(definitions, "CHANGED", dict(definitions.CHANGED) | {"gaps": 2})
        older = day(desk, frame)
    report = day(desk, frame)
    assert (older.status, older.data.gaps, report.status) == ("recommended", [], "held")
    assert [(row.symbol, row.first, row.last, row.holds) for row in report.data.gaps] == [
        ("GBPUSD=X", "2024-06-20", "2024-06-20", True)
    ]
    assert all(
        because.startswith(f"BBB.L: GBPUSD rate: no price on {LACKING};") for because in held(report).values()
    )
    gap = f'[[data.gap]]\nsymbol = "GBPUSD=X"\nfirst = {LACKING}\nreason = "banks were closed"\n'
    accepted = day(desk, frame, tables=abroad.INSTRUMENTS + gap)
    assert (accepted.status, accepted.data.gaps[0].accepted) == ("recommended", "banks were closed")
    for one in (older, report, accepted):
        assert replay(desk.context(), one.run_id).difference is None
