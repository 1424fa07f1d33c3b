"""A portfolio that cannot be run: its people are told, once a reason, and everybody else as ever."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from flows import every
from flows.commands import calls
from flows.commands.calls import Daily
from flows.commands.cli import app
from quant.errors import InputError
from tasks.report.model import Report
from tasks.run.plan import Asked
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import SESSION, market

SLACK = '[slack]\nchannel = "#portfolio-core"\n'


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


def owned(desk, name, text=None, tables=SLACK):
    """Put a portfolio into HOME; with another text where one is given."""
    file = desk.portfolio(name=name, tables=tables)
    folder = desk.home / "portfolios"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file.with_suffix(".csv"), folder)
    (folder / file.name).write_text(file.read_text() if text is None else text)
    return folder / file.name


def refuse(desk, slack, name, **asked):
    """What the command does with a portfolio that cannot be run: the failed run's report, if any."""
    context = desk.context(slack_token=TOKEN, slack_url=slack.url, source=asked.pop("own_source", "bundled"))
    daily = Daily(name, **asked)
    with pytest.raises(InputError) as caught:
        calls.run(context, daily, watch=False)
    typed = bool(daily.session or daily.source)
    one = Asked(name, daily.session, daily.source)
    return every.refuse(context, one, caught.value, notifying=True, typed=typed)


def test_a_broken_file_is_a_failed_run_and_a_message_to_the_channel_that_it_still_names(desk, slack):
    owned(desk, "broken", f"name = “broken”\n{SLACK}[[target]\n")
    for _ in range(2):
        report = refuse(desk, slack, "broken", session=SESSION)
        assert isinstance(report, Report)
        assert (report.status, report.portfolio, report.session) == ("failed", "broken", str(SESSION))
        assert (report.trades, report.drift, report.allocation.weights) == ([], [], [])
        assert (desk.home / "reports" / f"{report.run_id}.json").exists()
    [message] = slack.messages()  # once a reason
    assert message["channel"] == "#portfolio-core"
    assert "broken.toml" in json.dumps(message["blocks"])
    owned(desk, "broken", f'name = "broken"\ncahs = 1\n{SLACK}')
    refuse(desk, slack, "broken", session=SESSION)
    assert len(slack.messages()) == 2


def test_a_file_that_names_no_channel_any_more_has_that_of_its_last_good_run(desk, slack):
    file, source = owned(desk, "trio"), desk.prices(market())
    context = desk.context(slack_token=TOKEN, slack_url=slack.url)
    assert calls.run(context, Daily("trio", SESSION, source), watch=False).status == "recommended"
    file.write_bytes(b"\xff\xfe nothing of it can be read")
    report = refuse(desk, slack, "trio", session=SESSION, source=source)
    assert sorted((row.channel, row.kind, row.state) for row in report.notices) == [
        ("slack:#portfolio-core", "change", "sent"), ("slack:#portfolio-core", "digest", "sent")
    ]  # fmt: skip
    (desk.home / "portfolios" / "new.toml").write_text("[[[")
    [notice] = refuse(desk, slack, "new", session=SESSION).notices
    assert (notice.state, "no message is sent" in notice.error) == ("preview", True)


def test_a_wrong_channel_is_a_failed_run_that_the_right_ones_are_told_of(desk, slack):
    wrong = '[[channel]]\nnotifier = "pigeon"\n'
    owned(desk, "trio", tables=f'[[channel]]\nnotifier = "slack"\nchannel = "#portfolio-core"\n{wrong}')
    report = refuse(desk, slack, "trio", session=SESSION)
    assert (report.status, "unknown notifier 'pigeon'" in report.error) == ("failed", True)
    found = {row.channel: row for row in report.notices}
    assert {name: row.state for name, row in found.items()} == {
        "slack:#portfolio-core": "sent", "preview:channel #2": "preview",
    }  # fmt: skip
    assert "no message is sent" in found["preview:channel #2"].error
    table = '[[channel]]\nnotifier = "slack"\nchannel = "#portfolio-core"\n'
    owned(desk, "broken", f'name = "broken"\ncahs = 1\n{table}[[target]\n')
    [notice] = refuse(desk, slack, "broken", session=SESSION).notices
    assert (notice.channel, notice.state) == ("slack:#portfolio-core", "sent")


def test_what_the_caller_typed_is_told_to_the_caller_alone(desk, slack):
    owned(desk, "trio")
    assert refuse(desk, slack, "trio", session=SESSION, source="yahu") is None
    assert slack.messages() == []
    assert refuse(desk, slack, "trio", own_source="yahu").status == "failed"  # a setting: nobody typed it
    assert len(slack.messages()) == 1


def test_all_runs_the_others_and_leaves_with_the_worst_code(desk, monkeypatch):
    owned(desk, "trio")
    owned(desk, "broken", 'name = "broken"\n')
    monkeypatch.setenv("BALLAST_SLACK_TOKEN", "")
    asked = ["daily", "--portfolio", "all", "--session", str(SESSION), "--source", desk.prices(market())]
    done = CliRunner().invoke(app, [*asked, "--home", str(desk.home), "--json"])
    answer = json.loads(done.stdout)
    assert done.exit_code == 2
    assert [run["portfolio"] for run in answer["runs"]] == ["trio"]
    [refused] = answer["errors"]
    assert refused["portfolio"] == "broken"
    report = json.loads((desk.home / "reports" / f"{refused['run_id']}.json").read_text())
    assert (report["status"], report["error"]) == ("failed", refused["error"])


@pytest.mark.long
def test_a_portfolio_without_a_channel_says_so_where_there_is_a_token(desk, slack):
    file = owned(desk, "mute", tables="")
    context = desk.context(slack_token=TOKEN, slack_url=slack.url, source=desk.prices(market()))
    [notice] = calls.run(context, Daily(str(file), SESSION), watch=False).notices
    assert (notice.state, "no [slack] table" in notice.error) == ("preview", True)
    found = {one.name: one for one in calls.doctor(context)}["slack"]
    assert (found.status, "mute: no message is sent" in found.detail) == ("note", True)
    quiet = desk.context(source=context.settings.source)
    [notice] = calls.run(quiet, Daily(str(owned(desk, "quiet", tables="")), SESSION), watch=False).notices
    assert notice.error is None
