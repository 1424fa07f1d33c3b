import pytest

from config.settings import Settings
from flows.commands import calls
from flows.commands.calls import Daily
from flows.terminal import digest
from flows.terminal.console import Console
from quant.errors import InputError
from tasks.report.model import Report
from tests.tasks.desk import SESSION, TRADES, market, proposed, sessions


@pytest.fixture
def daily(desk):
    return Daily(str(desk.portfolio()), SESSION, desk.prices(market()), notify=True)


def test_a_day_is_run_told_shown_and_replayed(desk, daily):
    place = desk.place()
    report = calls.run(place, daily, watch=False)
    assert isinstance(report, Report)
    assert proposed(report) == TRADES
    assert [(notice.kind, notice.state) for notice in report.notices] == [("digest", "preview")]
    assert len(list((desk.home / "previews").iterdir())) == 1
    assert calls.show(place, "latest", None) == report
    assert calls.show(place, report.run_id, "trio") == report
    assert calls.replay(place, "latest").difference is None
    again = calls.run(place, daily, watch=False)
    assert again.notices == report.notices
    console = Console(width=200, record=True)
    console.print(digest.render(report, desk.home))
    assert "Digest message preview:" in console.export_text()
    console.print(digest.render(again, desk.home))
    assert f"Digest message not repeated: run {report.run_id} told the same" in console.export_text()
    assert len(list((desk.home / "previews").iterdir())) == 1


def test_nobody_is_told_when_nobody_asked(desk, daily):
    quiet = Daily(daily.portfolio, daily.session, daily.source, notify=False)
    assert calls.run(desk.place(), quiet, watch=False).notices == []
    assert not (desk.home / "previews").exists()


def test_a_mistake_is_told_before_anything_starts(desk, daily):
    with pytest.raises(InputError, match="unknown portfolio"):
        calls.run(desk.place(), Daily("nobody", SESSION, daily.source), watch=False)
    assert not desk.home.exists()


@pytest.mark.parametrize("look", [lambda p: calls.show(p, "latest", None), lambda p: calls.replay(p, "x")])
def test_without_a_warehouse_there_is_nothing_to_show(desk, look):
    with pytest.raises(InputError, match="there is no warehouse in"):
        look(desk.place())
    assert not desk.home.exists()


def test_history_is_backfilled(desk, daily):
    start = sessions(5)[0]
    done = calls.backfill(desk.place(), daily.portfolio, start, None, daily.source, watch=False)
    assert (done.rows_new, done.end) == (15, SESSION)


def test_the_doctor_looks_at_this_home(desk, daily):
    found = {finding.name: finding for finding in calls.doctor(desk.place(source=daily.source))}
    assert found["prefect"].status == "note"
    assert str(desk.home) in found["home"].detail


def test_the_demo_stands_still_apart_and_without_a_token(tmp_path):
    settings = Settings(home=tmp_path, slack_token="xoxb-secret")
    place = calls.demo_place(settings)
    assert place.home == tmp_path / "demo"
    assert place.settings.slack_token is None
    assert place.now() == place.now() == calls.DEMO_EVENING
    assert calls.demo().source == "bundled"
    assert calls.demo().session == calls.DEMO_EVENING.date()


def test_a_place_works_by_the_real_clock(tmp_path):
    place = calls.place(Settings(home=tmp_path), "ballast test")
    assert place.now() <= place.now()
    assert place.warehouse.command == "ballast test"
    (tmp_path / "portfolios").mkdir()
    (tmp_path / "portfolios" / "mine.toml").touch()
    assert calls.every(place) == ["mine"]
