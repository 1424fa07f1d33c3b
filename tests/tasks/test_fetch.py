"""What is asked of a vendor for a portfolio: prices in its own currency, for a day and for its history."""

from datetime import timedelta

import pyarrow as pa
import pytest

from flows.backfill_run import backfill
from flows.day import run_day
from tasks.ingest.wanted import Wanted
from tests.standins.tiingo import TOKEN, Tiingo
from tests.standins.yahoo import Yahoo
from tests.tasks.desk import SESSION, held, market, sessions

CURRENCIES = {"AAA": "USD", "BBB": "USD", "CCC": "GBp"}
REFUSED = (
    'priced in GBp, declared in USD: set currency = "GBp" in its [[instrument]] table of the portfolio file'
)


@pytest.fixture
def vendor():
    """Yahoo with the desk's market, one of its symbols in pence."""
    frame = market()
    with Yahoo() as yahoo:
        for symbol, currency in CURRENCIES.items():
            rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
            yahoo.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False), currency=currency)
        yield yahoo.address


def test_a_share_priced_in_pence_holds_a_portfolio_in_dollars(desk, vendor):
    request = desk.order(desk.portfolio(), "yfinance")
    report = run_day(desk.context(yahoo_url=vendor), request, notifying=False)
    [error] = report.data.errors
    assert (error.symbol, error.kind, error.error) == ("CCC", "not_understood", REFUSED)
    assert desk.sql("select distinct symbol from bars order by symbol") == [("AAA",), ("BBB",)]
    assert report.data.stale == ["CCC"]
    assert (report.status, report.value) == ("held", None)


def test_other_symbols_trade_where_it_is_not_wanted(desk, vendor):
    portfolio = desk.portfolio({"AAA": 700.0, "BBB": 400.0}, {"AAA": 0.5, "BBB": 0.5})
    report = run_day(desk.context(yahoo_url=vendor), desk.order(portfolio, "yfinance"), notifying=False)
    assert (report.data.errors, held(report)) == ([], {})
    # 70,000 of AAA and 20,000 of BBB, with 5,000 in cash
    assert report.value == pytest.approx(95_000.0)


@pytest.mark.long
def test_a_backfill_refuses_it_too(desk, vendor):
    start = sessions(20)[0]
    done = backfill(desk.context(yahoo_url=vendor), str(desk.portfolio()), start, SESSION, "yfinance")
    assert [(error.symbol, error.error) for error in done.errors] == [("CCC", REFUSED)]
    assert done.rows_new == 2 * 20


@pytest.mark.long
def test_a_backfill_that_spent_its_budget_goes_on_when_it_is_repeated(desk):
    portfolio, start, frame = str(desk.portfolio()), sessions(20)[0], market()
    with Tiingo() as tiingo:
        for symbol in CURRENCIES:
            rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
            tiingo.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))
        settings = {"tiingo_url": tiingo.address, "tiingo_token": TOKEN, "tiingo_budget": "2/hour"}
        spent = backfill(desk.context(**settings), portfolio, start, SESSION, "tiingo")
        assert [(error.symbol, error.kind) for error in spent.errors] == [("CCC", "rate_limited")]
        assert "is spent until 2024-06-28 23:30 UTC" in spent.errors[0].error
        later = desk.at(desk.now + timedelta(hours=1)).context(**settings)
        rest = backfill(later, portfolio, start, SESSION, "tiingo")
        assert (rest.resumed, rest.rows_new, rest.errors) == (2, 20, ())
        assert [tiingo.charts_asked(symbol) for symbol in CURRENCIES] == [1, 1, 1]
        again = desk.at(desk.now + timedelta(hours=2)).context(**settings)
        assert backfill(again, portfolio, start, SESSION, "tiingo").resumed == 0


@pytest.mark.parametrize("symbols", [3, 30])
def test_the_exchanges_are_listed_as_often_for_many_symbols_as_for_few(desk, monkeypatch, symbols):
    """They are listed of all symbols: once for each of them is the square of their number."""
    listed, real = [], Wanted.calendars.fget
    monkeypatch.setattr(Wanted, "calendars", property(lambda self: listed.append(1) or real(self)))
    names = [f"S{number:02d}" for number in range(symbols)]
    closes = dict.fromkeys(names, 100.0)
    file = desk.portfolio(holdings=closes, targets=dict.fromkeys(names, 1 / symbols), head="")
    file.write_text(file.read_text().replace('benchmark = "AAA"', f'benchmark = "{names[0]}"'))
    desk.day(market(closes), file)
    assert len(listed) <= 4
