"""What the watch told, and the daily run in the evening; and what the watches of other exchanges told."""

from datetime import timedelta

import pytest

from tasks.outbox.notify import notify_alerts
from tests.tasks.desk import crash, market
from tests.tasks.watch.session import CLOSE, FALL, TODAY, Killed, at, calm, fallen
from tests.tasks.watch.test_live import Day
from warehouse import alerts
from warehouse.tables.alerts import AlertPortfolio, AlertState


def evening(day, by):
    """The daily run of that session, in which CCC lost so much; the kinds of alerts that it told."""
    day.clock.time = CLOSE + timedelta(hours=3)
    report = day.desk.at(day.clock.now()).day(crash(market(last=TODAY), "CCC", TODAY, by=by), day.file, TODAY)
    before = len(slack_texts(day))
    notify_alerts(day.context, report.run_id)
    return slack_texts(day)[before:]


def slack_texts(day):
    return [one["text"] for one in day.slack.messages()]


def test_what_was_told_as_grave_in_the_afternoon_is_not_told_again(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.12))
    day.watch()
    assert evening(day, by=0.10) == []
    [alert] = day.alerts()
    assert (alert.kind, alert.state) == ("flash_crash", "resolved")


def test_a_day_that_is_graver_than_what_was_told_fires_again(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.035, over=2))
    day.watch()
    [alert] = day.alerts()
    assert (alert.severity, alert.state) == ("warning", "resolved")
    [said] = evening(day, by=0.20)
    assert "CCC" in said
    [alert] = day.alerts()
    assert (alert.severity, alert.state, alert.resolved_at) == ("critical", "firing", None)


def test_what_fell_on_another_exchange_stays_in_the_message(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08))
    other = AlertState(
        "f" * 64, "flash_crash", "VOD.L", TODAY, "2024-07-01T10:00:00Z", "critical", "firing", True, "detail",
        -0.06, 0.06, None, [], at(-200),
    )  # fmt: skip
    told = AlertPortfolio("f" * 64, "trio", None, at(-200), None, None, at(-200), "critical confirmed firing")
    with day.desk.visit() as db:
        alerts.store(db, [other])
        alerts.store_portfolios(db, [told])
    day.clock.stop = at(FALL + 6)
    with pytest.raises(Killed):
        day.watch()
    assert "VOD.L" in day.first()["text"]
    assert "CCC" in day.first()["text"]
