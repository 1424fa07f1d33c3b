"""Whatever is edited in a portfolio file, stored pence are never read as pounds.

The desk in pounds: 400 BBB at 5,000 pence are its 20,000. Read as pounds they would be 2,000,000.
"""

from datetime import timedelta

import pandas as pd
import pyarrow as pa
import pytest

from flows.day import run_day
from tasks.record.replay import replay
from tasks.run.plan import Asked, plan
from tests.conftest import mostly_long
from tests.standins.tiingo import TOKEN, Tiingo
from tests.tasks.desk import EVENING, SESSION, held, market, sessions

PENCE = {"AAA": 100.0, "BBB": 5000.0, "CCC": 20.0}
VALUE = 100_000.0
NEXT = sessions(1, SESSION + timedelta(days=3))[0]
FALLBACK = '[data]\nfallback = ["tiingo"]\n'
DOUBT = "the stored prices of yfinance are in GBp, declared in {}"
REFUSED = "priced in GBp, declared in {}"


def two_days():
    """The desk's market, and a next day like its last."""
    frame = market(PENCE)
    return pd.concat([frame, frame[frame["session"] == SESSION].assign(session=NEXT)])


def answers(server, frame, units):
    for symbol in PENCE:
        rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
        table = pa.Table.from_pandas(rows, preserve_index=False)
        server.serve(symbol, table, **({"currency": units.get(symbol, "GBP")} if units else {}))


@pytest.fixture
def yahoo(yahoo):
    answers(yahoo, two_days(), {"BBB": "GBp"})
    return yahoo


def portfolio(desk, unit, name="pounds", currency="GBP", tables=""):
    """The desk's portfolio, in pounds, with BBB declared in `unit`."""
    instrument = f'[[instrument]]\nsymbol = "BBB"\ncurrency = "{unit}"\n'
    head = f'currency = "{currency}"'
    return desk.portfolio(name=name, head=head, tables=instrument + tables)


def day(desk, yahoo, unit, session=SESSION, **given):
    desk = desk.at(EVENING + (session - SESSION))
    context = desk.context(yahoo_url=yahoo.address)
    request = plan(context, Asked(str(portfolio(desk, unit, **given)), session, "yfinance"))
    report = run_day(context, request, notifying=False)
    assert replay(context, report.run_id).difference is None
    return report


def nothing_of_it(report, because):
    """No value, no trade, and the reason."""
    assert (report.status, report.value, report.trades) == ("held", None, [])
    assert any(row.status == "block" and because in row.rule for row in report.checks), report.checks


@pytest.mark.long
@pytest.mark.parametrize("session", [SESSION, NEXT])
@pytest.mark.parametrize("wrong", ["GBP", "USD"])
def test_pence_that_are_stored_are_not_read_in_another_unit(desk, yahoo, wrong, session):
    right = day(desk, yahoo, "GBp")
    assert (right.value, right.status) == (VALUE, "recommended")
    edited = day(desk, yahoo, wrong, session)
    nothing_of_it(edited, DOUBT.format(wrong))
    assert [REFUSED.format(wrong) in error.error for error in edited.data.errors if error.symbol == "BBB"]
    assert day(desk, yahoo, "GBp", session).status == "recommended"


@pytest.mark.parametrize("wrong", mostly_long(["GBP", "USD"], "GBP"))
def test_a_wrong_unit_stores_nothing_and_the_right_one_begins(desk, yahoo, wrong):
    nothing_of_it(day(desk, yahoo, wrong), "BBB")
    assert desk.sql("select count(*) from bars where symbol = 'BBB'") == [(0,)]
    assert (day(desk, yahoo, "GBp").value, day(desk, yahoo, "GBp").status) == (VALUE, "recommended")


@pytest.mark.long
def test_another_portfolio_does_not_read_them_while_the_vendor_is_down(desk, yahoo):
    day(desk, yahoo, "GBp", name="right")
    yahoo.fail("*", "retry_late")
    nothing_of_it(day(desk, yahoo, "GBP", name="wrong"), DOUBT.format("GBP"))
    assert (day(desk, yahoo, "GBX", name="same").value, day(desk, yahoo, "GBp").status) == (
        VALUE,
        "recommended",
    )


@pytest.mark.long
def test_a_vendor_that_changes_its_mind_on_the_session_holds(desk, yahoo):
    """The value stands, from what was told in pence; the session's close is in doubt."""
    day(desk, yahoo, "GBp")
    answers(yahoo, two_days(), {"BBB": "EUR"})
    report = day(desk, yahoo, "GBp")
    assert (report.status, report.value) == ("held", VALUE)
    assert "priced in EUR, declared in GBp" in held(report)["BBB"]


@pytest.mark.long
def test_an_archive_says_no_unit_and_the_vendor_does(desk, yahoo):
    """What was loaded without a unit is believed, but not against the vendor's word."""
    day(desk, yahoo, "GBp")
    desk.sql("update runs set config = '{}'")  # as that of a load
    nothing_of_it(day(desk, yahoo, "GBP"), REFUSED.format("GBP"))
    yahoo.fail("BBB", "retry_late")
    assert day(desk, yahoo, "GBp").value == VALUE


@pytest.mark.long
def test_a_fallbacks_dollars_are_not_read_as_pence(desk, yahoo):
    frame = market({"AAA": 100.0, "BBB": 50.0, "CCC": 20.0})
    answers(yahoo, frame, dict.fromkeys(PENCE, "USD"))
    rate = frame[frame["symbol"] == "AAA"].drop(columns="symbol")
    yahoo.serve("GBPUSD=X", pa.Table.from_pandas(rate, preserve_index=False), "CURRENCY")
    yahoo.fail("BBB", "retry_late")
    with Tiingo() as tiingo:
        answers(tiingo, frame, {})
        context = desk.context(yahoo_url=yahoo.address, tiingo_url=tiingo.address, tiingo_token=TOKEN)

        def run(unit):
            file = portfolio(desk, unit, currency="USD", tables=FALLBACK)
            request = plan(context, Asked(str(file), SESSION, "yfinance"))
            return run_day(context, request, notifying=False)

        served = run("USD")
        assert (served.value, served.status, served.data.served_by) == (
            VALUE, "recommended", {"BBB": "tiingo"},
        )  # fmt: skip
        mistaken = run("GBp")
        nothing_of_it(mistaken, "BBB never had an accepted bar")
        assert "not asked: Tiingo's prices are in USD" in mistaken.data.errors[-1].error
        assert tiingo.charts_asked("BBB") == 1


@pytest.mark.long
def test_a_file_that_turns_from_pence_to_pounds_is_not_mixed(desk):
    """Its new prices are rejected as a hundredth of those that are stored, which are no pounds."""
    frame = market(PENCE)
    assert desk.day(frame, portfolio(desk, "GBp")).value == VALUE
    of_it = frame["symbol"] == "BBB"
    frame.loc[of_it, ["open", "high", "low", "close"]] /= 100
    report = desk.day(frame, portfolio(desk, "GBP"))
    assert (report.status, report.value, report.trades) == ("held", None, [])


def test_a_files_unit_is_what_the_portfolio_file_says(desk):
    """Nobody can check it: an edit is believed, for all that the file tells again."""
    frame = market({"AAA": 100.0, "BBB": 50.0, "CCC": 20.0})
    assert desk.day(frame, portfolio(desk, "GBp")).value == 80_200.0
    assert desk.day(frame, portfolio(desk, "GBP")).value == VALUE
