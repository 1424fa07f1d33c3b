import json
from datetime import timedelta

from flows.terminal import digest
from flows.terminal.console import Console
from tasks.outbox.notify import notify, notify_alerts
from tasks.report.digest import digest as document
from tasks.report.formats import markdown
from tasks.run.plan import Asked, plan
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import EVENING, SESSION, crash, market, run_day

SLACK = '\n[slack]\nchannel = "#portfolio-core"\nmention = "<!here>"\n'


def previews(desk):
    return sorted(file.name.split("-trio-")[1][:5] for file in (desk.home / "previews").iterdir())


def test_an_alert_is_a_message_of_its_own_before_the_digest(desk):
    report = desk.day(crash(market(), "CCC", SESSION, by=0.10), desk.portfolio(tables=SLACK), notifying=True)
    assert [(row.kind, row.state) for row in report.notices] == [("alert", "preview"), ("digest", "preview")]
    assert previews(desk) == ["alert", "diges"]
    [alert] = (desk.home / "previews").glob("*-alert-*.json")
    assert "<!here>" in json.dumps(json.loads(alert.read_text())["blocks"])


def test_a_calm_day_has_no_alert_and_a_step_done_again_tells_nothing_again(desk, tmp_path):
    report = desk.day(market(), desk.portfolio(tables=SLACK))
    with SlackStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(slack_token=TOKEN, slack_url=slack.url)
        for _ in range(2):
            notify_alerts(context, report.run_id)
            notify(context, report.run_id)
        [message] = slack.messages()
    assert "2 buys, 1 sell" in message["text"]


def test_an_example_tells_slack_nothing_and_is_labelled_everywhere(desk, tmp_path):
    symbols = ("SPY", "EFA", "EEM", "VNQ", "AGG", "TIP", "GLD")
    source = desk.prices(crash(market(dict.fromkeys(symbols, 100.0)), "SPY", SESSION, by=0.10))
    with SlackStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(slack_token=TOKEN, slack_url=slack.url)
        report = run_day(context, plan(context, Asked("core", SESSION, source)))
        assert slack.messages() == []
    assert [(row.kind, row.state) for row in report.notices] == [("alert", "preview"), ("digest", "preview")]
    assert report.example
    for file in (desk.home / "previews").iterdir():
        payload = json.loads(file.read_text())
        assert "core (example)" in payload["text"]
        assert "EXAMPLE: this portfolio comes with Ballast" in json.dumps(payload["blocks"])
    assert "EXAMPLE" in markdown.render(document(report))
    console = Console(width=200, record=True)
    console.print(digest.render(report, desk.home))
    assert "EXAMPLE" in console.export_text()


def test_what_was_said_and_then_replaced_is_said_anew_once(desk, tmp_path):
    """Held, three trades, held again: the last message is what is so."""
    file, source = desk.portfolio(tables=SLACK), desk.prices(market())
    texts = []
    with SlackStandIn(tmp_path / "slack.db") as slack:
        for minute, stop in enumerate([None, "war", None, None, "war"]):
            later = desk.at(EVENING + timedelta(minutes=minute))
            context = later.context(slack_token=TOKEN, slack_url=slack.url)
            run_day(context, plan(context, Asked(str(file), SESSION, source, stop)))
            texts.append([message["text"] for message in slack.messages()])
    first, held, again, same, last = texts
    assert ["2 buys, 1 sell" in text for text in again] == [True, False, True]
    assert held == again[:2]
    assert same == again
    assert (len(last), "2 buys, 1 sell" in last[-1]) == (4, False)
    assert first == held[:1]
