import pytest

from config.settings import Settings
from flows.commands import calls
from flows.commands.calls import Daily
from flows.terminal import digest
from flows.terminal.console import Console
from quant.errors import InputError
from tasks.report.model import Report
from tasks.run.plan import every_portfolio
from tests.tasks.desk import SESSION, TRADES, market, proposed, sessions


@pytest.fixture
def daily(desk):
    return Daily(str(desk.portfolio()), SESSION, desk.prices(market()), notify=True)


def test_a_day_is_run_told_shown_and_replayed(desk, daily):
    context = desk.context()
    report = calls.run(context, daily, watch=False)
    assert isinstance(report, Report)
    assert proposed(report) == TRADES
    assert [(notice.kind, notice.state) for notice in report.notices] == [("digest", "preview")]
    assert len(list((desk.home / "previews").iterdir())) == 1
    assert calls.show(context, "latest", None) == report
    assert calls.show(context, report.run_id, "trio") == report
    assert calls.replay(context, "latest").difference is None
    again = calls.run(context, daily, watch=False)
    assert again.notices == report.notices
    console = Console(width=200, record=True)
    console.print(digest.render(report, desk.home, full=True))
    assert "Digest message preview:" in console.export_text()
    console.print(digest.render(again, desk.home, full=True))
    assert f"Digest message not repeated: run {report.run_id} found the same" in console.export_text()
    assert len(list((desk.home / "previews").iterdir())) == 1


def test_nobody_is_told_when_nobody_asked(desk, daily):
    quiet = Daily(daily.portfolio, daily.session, daily.source, notify=False)
    assert calls.run(desk.context(), quiet, watch=False).notices == []
    assert not (desk.home / "previews").exists()


def test_a_mistake_is_told_before_anything_starts(desk, daily):
    with pytest.raises(InputError, match="unknown portfolio"):
        calls.run(desk.context(), Daily("nobody", SESSION, daily.source), watch=False)
    assert not desk.home.exists()


@pytest.mark.parametrize("look", [lambda p: calls.show(p, "latest", None), lambda p: calls.replay(p, "x")])
def test_without_a_warehouse_there_is_nothing_to_show(desk, look):
    with pytest.raises(InputError, match="there is no warehouse in"):
        look(desk.context())
    assert not desk.home.exists()


def test_history_is_backfilled(desk, daily):
    start = sessions(5)[0]
    done = calls.backfill(desk.context(), daily.portfolio, start, None, daily.source, watch=False)
    assert (done.rows_new, done.end) == (15, SESSION)


def test_the_doctor_looks_at_this_home(desk, daily):
    found = {finding.name: finding for finding in calls.doctor(desk.context(source=daily.source))}
    assert found["prefect"].status == "note"
    assert str(desk.home) in found["home"].detail


def test_the_demo_stands_still_apart_and_without_a_token(tmp_path):
    settings = Settings(home=tmp_path, slack_token="xoxb-secret")
    context = calls.demo_context(settings)
    assert context.home == tmp_path / "demo"
    assert context.settings.slack_token is None
    assert context.now() == context.now() == calls.DEMO_EVENING
    assert calls.demo().source == "bundled"
    assert calls.demo().session == calls.DEMO_EVENING.date()


def test_a_context_works_by_the_real_clock(tmp_path):
    context = calls.context(Settings(home=tmp_path), "ballast test")
    assert context.now() <= context.now()
    assert context.warehouse.command == "ballast test"
    (tmp_path / "portfolios").mkdir()
    (tmp_path / "portfolios" / "mine.toml").touch()
    assert every_portfolio(context.home) == ["mine"]
