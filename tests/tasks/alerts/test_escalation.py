"""Who is called to a critical alert that nobody has acknowledged, by a clock that is moved."""

import json
import time
from datetime import timedelta

import pytest

from config import alerts as rules
from config.alerts import Escalation
from config.people import Person
from quant.errors import InputError
from quant.people import Actor
from tasks.alerts import decided
from tasks.alerts.escalation import called, due
from tasks.outbox.alerting import alerted
from tasks.outbox.alerting.escalated import escalate
from tasks.outbox.notify import notify_alerts
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import EVENING, SESSION, crash, market
from warehouse.record import ledger
from warehouse.tables.alerts import AlertPortfolio

PEOPLE = """
[slack]
channel = "#portfolio-core"
[[person]]
name = "Ada"
slack = "U0000ADA1"
[[person]]
name = "Bob"
slack = "U0000BOB1"
role = "deputy"
[[person]]
name = "Cy"
slack = "U0000CYY1"
role = "risk"
"""


def link(called=None, told=True):
    return AlertPortfolio("f", "trio", "run", EVENING if told else None, None, called)


@pytest.mark.parametrize(
    ("minutes", "before", "role"),
    [(4.9, None, None), (5, None, "deputy"), (14, "deputy", None), (15, "deputy", "risk"), (60, None, "risk"),
     (60, "risk", None)],
)  # fmt: skip
def test_after_so_many_minutes_a_role_is_due_once(minutes, before, role):
    assert due(link(before), Escalation(), EVENING + timedelta(minutes=minutes)) == role


def test_0_minutes_are_never_and_nobody_is_called_to_what_was_not_told():
    late = EVENING + timedelta(days=1)
    assert due(link(), Escalation(deputy_minutes=0, risk_minutes=0), late) is None
    assert due(link(), Escalation(risk_minutes=0), late) == "deputy"
    assert due(link(told=False), Escalation(), late) is None


def test_who_was_away_longer_calls_everybody_who_was_not_called():
    people = [Person(name=role, role=role) for role in ("manager", "deputy", "risk")]
    assert [one.name for one in called(people, link(), "risk")] == ["deputy", "risk"]
    assert [one.name for one in called(people, link("deputy"), "risk")] == ["risk"]


def test_the_deputy_and_then_risk_are_called_in_the_thread_until_somebody_acknowledges(desk, tmp_path):
    report = desk.day(crash(market(), "CCC", SESSION, by=0.1), desk.portfolio(tables=PEOPLE))
    with SlackStandIn(tmp_path / "slack.db") as slack:

        def at(minutes):
            evening = desk.at(EVENING + timedelta(minutes=minutes))
            context = evening.context(slack_token=TOKEN, slack_url=slack.url)
            return context.__class__(context.settings, context.now, time.sleep, "test")

        notify_alerts(at(0), report.run_id)
        for minutes in (4, 5, 6):
            escalate(at(minutes))
        alert, first = slack.messages()
        assert "<@U0000BOB1>" in json.dumps(first["blocks"])
        assert "Not acknowledged for 5 minutes: CCC" in first["text"]
        assert (first["thread_ts"], first["reply_broadcast"]) == (alert["ts"], True)
        escalate(at(16))
        escalate(at(30))
        assert "Called: Cy (risk)" in json.dumps(slack.messages()[-1]["blocks"])
        assert len(slack.messages()) == 3
    with desk.visit() as db:
        entries = ledger.entries(db, ["escalate"])
    assert [(one.payload["role"], one.payload["people"]) for one in entries] == [
        ("deputy", ["Bob"]), ("risk", ["Cy"])
    ]  # fmt: skip


def test_nobody_is_called_to_what_is_silenced_or_looked_after_and_the_file_may_be_gone(desk):
    file = desk.portfolio(tables=PEOPLE)
    desk.day(crash(market(), "CCC", SESSION, by=0.1), file, notifying=True)
    later, ada = desk.at(EVENING + timedelta(hours=1)).context(), Actor.typed("Ada")

    def entered():
        with desk.visit() as db:
            return [one.payload["role"] for one in ledger.entries(db, ["escalate"])]

    decided.silence(desk.context(), ada, "2024-06-28T23:00Z", "a known split", symbol="CCC")
    escalate(desk.at(EVENING + timedelta(minutes=10)).context())
    assert entered() == []
    file.unlink()
    escalate(later)
    assert entered() == ["risk"]
    desk.portfolio(tables=PEOPLE)
    desk.sql("update alert_portfolios set called = null")
    [[fingerprint]] = desk.sql("select fingerprint from alert_states")
    alerted.acknowledge(desk.context(), fingerprint, ada)
    escalate(later)
    assert entered() == ["risk"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[escalation]\ndeputy = 5\n", "deputy"),
        ("[escalation]\ndeputy_minutes = -1\n", "deputy_minutes"),
        ("[escalation]\nrisk_minutes = 2\n", "risk_minutes must not be less than deputy_minutes"),
        ("[escalate]\n", "escalat"),
        ("escalation", "alerts.toml"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_its_key(tmp_path, text, sentence):
    (tmp_path / "alerts.toml").write_text(text)
    with pytest.raises(InputError, match=sentence):
        rules.of_home(tmp_path)


def test_what_the_file_leaves_out_has_its_default(tmp_path):
    (tmp_path / "alerts.toml").write_text("[escalation]\nrisk_minutes = 30\n")
    assert rules.of_home(tmp_path).escalation == Escalation(deputy_minutes=5, risk_minutes=30)
