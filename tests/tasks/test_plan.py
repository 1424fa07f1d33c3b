from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from quant.errors import InputError
from tasks.run.plan import Asked, check_source, every_portfolio, plan
from tests.tasks.desk import SESSION, market, sessions


def refusal(desk, *asked, **more) -> str:
    """The sentence; HOME must not even have been made."""
    with pytest.raises(InputError) as caught:
        plan(desk.context(), Asked(*asked), **more)
    assert not desk.home.exists()
    return str(caught.value)


def test_an_order_says_everything_that_a_run_depends_on(desk):
    source = desk.prices(market())
    request = plan(desk.context(), Asked(str(desk.portfolio()), None, source, url="http://pages"))
    assert (request.flow, request.session, request.source) == ("daily", SESSION, source)
    assert (request.portfolio.name, request.historical, request.kill_switch) == ("trio", False, None)
    assert request.url == "http://pages"
    assert desk.home.is_dir()


def test_holdings_that_are_still_to_be_counted_are_refused(desk):
    """Else no split would hold until then."""
    portfolio = desk.portfolio(head="holdings_as_of = 2025-06-28")
    sentence = (
        "holdings_as_of = 2025-06-28 lies in the future. Write the day on which the holdings were counted."
    )
    assert sentence in refusal(desk, str(portfolio))


def test_the_source_of_the_settings_stands_in_for_none(desk):
    portfolio, source = desk.portfolio(), desk.prices(market())
    request = plan(desk.context(source=source), Asked(str(portfolio)))
    assert request.source == source


def test_an_earlier_session_is_historical(desk):
    assert desk.order(desk.portfolio(), desk.prices(market()), sessions(2)[0]).historical


def test_a_session_is_complete_two_hours_after_its_close(desk):
    portfolio, source = str(desk.portfolio()), desk.prices(market())
    early = desk.at(datetime(2024, 6, 28, 21, 59, tzinfo=UTC))  # the close is at 20:00 UTC
    assert plan(early.context(), Asked(portfolio, None, source)).session == sessions(2)[0]
    assert "not complete yet" in refusal_of(early, portfolio, SESSION, source)


def refusal_of(desk, *asked) -> str:
    with pytest.raises(InputError) as caught:
        plan(desk.context(), Asked(*asked))
    return str(caught.value)


def test_the_portfolio_is_looked_at_first_then_the_session_then_the_source(desk):
    portfolio = str(desk.portfolio())
    holiday, unknown = date(2024, 6, 19), "yfinanse"
    assert "unknown portfolio 'cor'" in refusal(desk, "cor", holiday, unknown)
    sentence = refusal(desk, portfolio, holiday, unknown)
    assert "session 2024-06-19 is not a trading day of XNYS" in sentence
    assert "2024-06-18 and 2024-06-20" in sentence
    assert "did you mean 'yfinance'?" in refusal(desk, portfolio, SESSION, unknown)


def test_a_session_before_the_source_begins_is_refused(desk):
    first = sessions(60)[0]
    source = desk.prices(market())
    sentence = refusal(desk, str(desk.portfolio()), date(2024, 1, 2), source)
    assert f"session 2024-01-02 is before the source begins: the first session of {source}" in sentence
    assert str(first) in sentence


def test_a_file_that_is_not_there_is_refused(desk):
    assert "does not exist" in refusal(desk, str(desk.portfolio()), SESSION, f"files:{desk.folder}/none.csv")


def test_a_home_that_cannot_be_made_is_refused(desk):
    portfolio, source = desk.portfolio(), desk.prices(market())
    desk.home.write_text("a file stands where the folder should")
    sentence = refusal_of(desk, str(portfolio), SESSION, source)
    assert "cannot be written" in sentence
    assert desk.home.read_text() == "a file stands where the folder should"


def test_until_stands_for_the_last_session_up_to_it(desk):
    portfolio, source = str(desk.portfolio()), desk.prices(market())
    juneteenth = date(2024, 6, 19)
    request = plan(desk.context(), Asked(portfolio, None, source), "backfill", until=juneteenth)
    assert (request.session, request.flow) == (date(2024, 6, 18), "backfill")
    later = plan(desk.context(), Asked(portfolio, None, source), until=date(2030, 1, 1))
    assert later.session == SESSION


def test_a_source_has_one_name_however_its_path_is_written(desk, monkeypatch):
    source = desk.prices(market())
    monkeypatch.chdir(desk.folder)
    assert check_source(desk.context(), "files:prices.parquet", ["AAA"], SESSION) == source
    assert check_source(desk.context(), "files:home/../prices.parquet", ["AAA"], SESSION) == source


def test_the_file_comes_before_what_the_caller_says(desk):
    portfolio, source = desk.portfolio(), desk.prices(market())
    assert desk.order(portfolio, source, kill_switch="the variable").kill_switch == "the variable"
    (desk.home / "KILL").write_text("the file")
    assert desk.order(portfolio, source, kill_switch="the variable").kill_switch == "the file"


def test_every_portfolio_is_those_of_home_and_never_an_example(tmp_path):
    with pytest.raises(InputError, match=r"there is no portfolio in .*portfolios yet.*copy core\.toml"):
        every_portfolio(tmp_path)
    (tmp_path / "portfolios").mkdir()
    (tmp_path / "portfolios" / "mine.toml").touch()
    Path(tmp_path / "portfolios" / "notes.txt").touch()
    assert every_portfolio(tmp_path) == ["mine"]
