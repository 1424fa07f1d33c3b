import json
from dataclasses import replace
from datetime import timedelta

import pytest

from flows.terminal import digest
from flows.terminal.console import Console
from quant.errors import InputError
from tasks.outbox.notify import notify, notify_alerts
from tasks.report.digest import digest as digest_of
from tasks.report.digest import digest as document
from tasks.report.formats import markdown, text
from tasks.run.plan import Asked, plan
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.smtp import SmtpStandIn
from tests.standins.webhook import SECRET, WebhookStandIn
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


def test_the_orders_and_the_pictures_go_into_the_thread_once(desk, tmp_path):
    file, source = desk.portfolio(tables=SLACK), desk.prices(market())
    with SlackStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(slack_token=TOKEN, slack_url=slack.url)
        reports = [run_day(context, plan(context, Asked(str(file), SESSION, source))) for _ in range(2)]
        [message] = slack.messages()
        shares, uploads = slack.shares(), dict(slack.uploads())
    stem = f"trio-{SESSION}"
    assert {*uploads} == {f"orders-{stem}.csv", f"drift-{stem}.png"}
    assert {one["thread_ts"] for one in shares} == {message["ts"]}
    assert len(shares) == len(uploads)
    run_id = reports[0].run_id
    assert f"{run_id},AAA,SELL" in uploads[f"orders-{stem}.csv"].decode()
    assert uploads[f"drift-{stem}.png"].startswith(b"\x89PNG")
    assert [row.kind for row in reports[0].notices] == ["digest"]


def test_a_file_that_cannot_be_sent_changes_nothing_of_the_day(desk, tmp_path):
    file, source = desk.portfolio(tables=SLACK), desk.prices(market())
    with SlackStandIn(tmp_path / "slack.db") as slack:
        slack.fault("error:missing_scope", method="files.getUploadURLExternal", times=9)
        context = desk.context(slack_token=TOKEN, slack_url=slack.url)
        report = run_day(context, plan(context, Asked(str(file), SESSION, source)))
        assert len(slack.messages()) == 1
        assert slack.shares() == []
    assert (report.status, [row.state for row in report.notices]) == ("recommended", ["sent"])


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
    console.print(digest.render(report, desk.home, full=True))
    assert "EXAMPLE" in console.export_text()


@pytest.mark.long
def test_what_was_said_and_then_replaced_is_said_anew_in_the_same_message(desk, tmp_path):
    """Trades, held, trades, the same, held: the message says what is so, the thread each change."""
    file, source = desk.portfolio(tables=SLACK), desk.prices(market())
    texts = []
    with SlackStandIn(tmp_path / "slack.db") as slack:
        for minute, stop in enumerate([None, "war", None, None, "war"]):
            later = desk.at(EVENING + timedelta(minutes=minute))
            context = later.context(slack_token=TOKEN, slack_url=slack.url)
            run_day(context, plan(context, Asked(str(file), SESSION, source, stop)))
            texts.append([message["text"] for message in slack.messages()])
    [first], held, again, same, last = texts
    assert ["2 buys, 1 sell" in text for text in (first, held[0], again[0], last[0])] == [
        True, False, True, False
    ]  # fmt: skip
    assert [len(said) for said in (held, again, same, last)] == [2, 3, 3, 4]
    assert same == again


CHANNELS = """
[[channel]]
notifier = "webhook"
url = "{webhook}"
name = "desk"

[[channel]]
notifier = "email"
to = ["gone@example.org", "pm@example.org"]
"""

EMAIL = '[[channel]]\nnotifier = "email"\nto = "pm@example.org"\n'
OWN_PAGE = "http://127.0.0.1:4200/runs/flow-run/1b2c"


def _receiver():
    return WebhookStandIn(EVENING.timestamp)


def test_each_channel_has_its_own_notice_and_one_that_fails_holds_up_no_other(desk, tmp_path):
    with SlackStandIn(tmp_path / "s.db") as slack, SmtpStandIn() as mail, _receiver() as webhook:
        tables = SLACK + CHANNELS.format(webhook=webhook.url)
        file, source = desk.portfolio(tables=tables), desk.prices(market())
        webhook.faults, mail.refuse_to["gone@example.org"] = ["404"], "550 no such user"
        context = desk.context(
            slack_token=TOKEN, slack_url=slack.url, webhook_secret=SECRET, smtp_url=mail.url,
            smtp_from="ballast@example.org",
        )  # fmt: skip
        report = run_day(context, plan(context, Asked(str(file), SESSION, source)))
        found = {row.channel: row for row in report.notices}
        [hook] = [name for name in found if name.startswith("webhook:desk#")]
        assert {name: (row.state, row.delivery) for name, row in found.items()} == {
            "slack:#portfolio-core": ("sent", "exactly_once"),
            hook: ("failed", "at_least_once"),
            "email:gone@example.org": ("failed", "at_least_once"),
            "email:pm@example.org": ("sent", "at_least_once"),
        }
        assert len({row.key for row in report.notices}) == 4
        assert "404" in found[hook].error
        assert "550 no such user" in found["email:gone@example.org"].error
        shown = text.render(digest_of(report, desk.home))
        assert "email:pm@example.org (at least once: it may come twice)" in shown
        mail.refuse_to.clear()
        context = replace(context, now=desk.at(EVENING + timedelta(minutes=1)).context().now)
        again = run_day(context, plan(context, Asked(str(file), SESSION, source)))
        assert {row.state for row in again.notices} == {"sent"}
        assert (len(slack.messages()), len(webhook.taken)) == (1, 1)
        assert sorted(to for [to], _, _ in mail.taken) == ["gone@example.org", "pm@example.org"]


def test_a_message_links_to_its_pages_where_others_can_reach_them(desk, tmp_path):
    """To the run's page and to Prefect's; without the setting, also where it is changed, to neither."""
    file, source = desk.portfolio(tables=SLACK + EMAIL), desk.prices(market())
    said, runs, sender = [], [], "ballast@example.org"
    with SlackStandIn(tmp_path / "s.db") as slack, SmtpStandIn() as mail:
        given = {"slack_token": TOKEN, "slack_url": slack.url, "smtp_url": mail.url, "smtp_from": sender}
        for minute, base in enumerate(["https://desk.example.org/b", ""]):
            later = desk.at(EVENING + timedelta(minutes=minute))
            context = later.context(**given, public_url=base)
            asked = Asked(str(file), SESSION, source, "war" if minute else None, url=OWN_PAGE)
            runs.append(run_day(context, plan(context, asked)).run_id)
            said.append((slack.messages()[0]["blocks"][-1], mail.messages()[-1].get_content().splitlines()))
    base = "https://desk.example.org/b"
    page, run = f"{base}/site/runs/{runs[0]}.html", f"{base}/runs/flow-run/1b2c"
    assert f"<{page}|Page of this run> · <{run}|Run in Prefect>" in said[0][0]["elements"][0]["text"]
    assert {f"Page of this run: {page}", f"Run in Prefect: {run}"} < {*said[0][1]}
    assert runs[1] in str(said[1][0])
    assert "://" not in str(said[1])


def test_the_preview_of_a_mail_shows_what_the_mail_server_would_get(desk):
    """A mail cannot be changed, so that nothing says what changed in it; Slack's preview has that too."""
    file, source = desk.portfolio(tables=SLACK + EMAIL), desk.prices(market())
    for minute, stop in enumerate([None, "war"]):
        context = desk.at(EVENING + timedelta(minutes=minute)).context()
        run_day(context, plan(context, Asked(str(file), SESSION, source, stop)))
    written = [json.loads(one.read_text()) for one in (desk.home / "previews").iterdir()]
    assert sum("subject" in one for one in written) == 2
    assert sum("blocks" in one for one in written) == 3


def test_a_wrong_table_is_refused_before_anything_is_written(desk):
    file, source = desk.portfolio(tables='[[channel]]\nnotifier = "pigeon"\n'), desk.prices(market())
    with pytest.raises(InputError, match=r"channel #1.notifier: unknown notifier 'pigeon'"):
        plan(desk.context(), Asked(str(file), SESSION, source))
    assert not (desk.home / "reports").exists()
