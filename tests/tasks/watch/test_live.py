"""The watch of a whole session by a moved clock: the real file source, a real warehouse, Slack's stand-in."""

import random
from datetime import timedelta

import pandas as pd
import pytest
from pydantic import SecretStr

from quant.errors import WarehouseError
from quant.people import Actor
from tasks.alerts import decided
from tasks.outbox.alerting import alerted
from tasks.watch import courier, live, noted, today
from tasks.watch.wanted import wanted
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import Desk, market
from tests.tasks.watch.session import CLOSE, FALL, TODAY, Clock, Killed, at, bars, calm, fallen

SOON = at(FALL - 15)
SLACK = '[slack]\nchannel = "#portfolio-core"\n'


class Day:
    """A desk with yesterday's run, a session's minutes, and a clock."""

    def __init__(self, folder, slack, closes, *, start=SOON, tables=SLACK, change=lambda frame: frame):
        self.desk, self.slack, self.clock = Desk(folder), slack, Clock(start)
        self.file = self.desk.portfolio(tables=tables)
        self.desk.day(market(), self.file)
        self.source = self.desk.prices(change(bars(closes)), "minutes")

    @property
    def context(self):
        told = self.desk.context(slack_token=SecretStr(TOKEN), slack_url=self.slack.url)
        return told.__class__(told.settings, self.clock.now, self.clock.sleep, "test")

    def watch(self, bring=courier.bring):
        files = self.file if isinstance(self.file, list) else [self.file]
        asked = wanted(self.context, [str(file) for file in files], "XNYS", TODAY)
        return live.watch(self.context, asked, self.source, bring)

    def at(self, moment):
        self.clock.time = moment
        return self.context

    def alerts(self):
        return decided.listing(self.context).alerts

    def first(self):
        [one] = [one for one in self.slack.messages() if "thread_ts" not in one]
        return one

    def thread(self):
        return [one["text"] for one in self.slack.messages() if "thread_ts" in one]


@pytest.mark.long  # every minute of it
def test_a_calm_session_tells_nobody(slack, tmp_path):
    day = Day(tmp_path, slack, calm(), start=at(-10))
    done = day.watch()
    assert (done.minutes, done.falls, done.messages, done.errors) == (390, 0, 0, {})
    assert day.alerts() == []
    assert slack.messages() == []
    assert day.clock.now() >= CLOSE


def test_a_fall_is_told_at_once_changed_as_it_goes_on_and_over_in_the_end(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08))
    day.clock.stop = at(FALL + 6)
    with pytest.raises(Killed):
        day.watch()
    [alert] = day.alerts()
    assert (alert.kind, alert.symbol, alert.severity, alert.state, alert.confirmed) == (
        "flash_crash", "CCC", "critical", "firing", True,
    )  # fmt: skip
    first = day.first()
    assert first["text"].startswith("CRITICAL: CCC fell")
    assert "250" in str(first["blocks"]), "what the portfolio holds"
    day.watch()
    [alert] = day.alerts()
    assert (alert.state, alert.depth) == ("resolved", pytest.approx(0.08, abs=0.01))
    assert alert.recovered >= 0.5
    assert "over" in day.first()["text"]
    assert "of it recovered" in day.thread()[-1]
    assert len([one for one in day.slack.messages() if "thread_ts" not in one]) == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(one, marks=pytest.mark.long) for one in range(1, 6))])
def test_killed_at_any_minute_it_goes_on_and_tells_everything_once(slack, tmp_path, seed):
    closes = fallen(fallen(calm(seed), "CCC", 0.08), "BBB", 0.07, begin=FALL + 3)
    whole = Day(tmp_path / "whole", slack, closes)
    whole.watch()
    expected = [(one.fingerprint, one.at, one.severity, one.state, one.depth) for one in whole.alerts()]
    said = sorted(one["text"] for one in slack.messages())
    with SlackStandIn(tmp_path / "other.db") as other:
        day, moments = Day(tmp_path / "killed", other, closes), random.Random(seed)
        for _ in range(8):
            day.clock.stop = day.clock.now() + timedelta(minutes=moments.uniform(1, 15))
            try:
                day.watch()
            except Killed:
                continue
        day.clock.stop = None
        day.watch()
        assert [
            (one.fingerprint, one.at, one.severity, one.state, one.depth) for one in day.alerts()
        ] == expected
        assert len([one for one in other.messages() if "thread_ts" not in one]) == 1
        assert {one["text"] for one in other.messages() if "thread_ts" not in one} <= set(said)


def test_killed_before_the_close_and_started_after_it_the_session_is_watched_to_its_end(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08, begin=370, back=13))
    assert today.watch(day.at(CLOSE), [str(day.file)], day.source, "XNYS") is None, "nobody began one"
    day.clock.time, day.clock.stop = at(360), at(376)
    with pytest.raises(Killed):
        day.watch()
    assert [one.state for one in day.alerts()] == ["firing"]
    late = CLOSE + timedelta(minutes=29)
    assert today.watch(day.at(late + timedelta(minutes=1)), [str(day.file)], day.source, "XNYS") is None
    assert today.watch(day.at(late), [str(day.file)], day.source, "XNYS").resumed
    assert [one.state for one in day.alerts()] == ["resolved"]
    assert "over" in day.first()["text"]


def test_acknowledged_it_calls_nobody_and_the_message_says_who_looks_after_it(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08, back=45))
    day.clock.stop = at(FALL + 6)
    with pytest.raises(Killed):
        day.watch()
    alerted.acknowledge(day.context, day.alerts()[0].fingerprint[:12], Actor.typed("Ada"))
    assert "acknowledged by Ada" in day.thread()[-1]
    day.clock.stop = at(FALL + 20)
    with pytest.raises(Killed):
        day.watch()
    assert "acknowledged by Ada" in str(day.first()["blocks"]) + day.first()["text"]


def test_bars_that_come_late_twice_and_in_any_order_change_nothing(slack, tmp_path):
    def dirty(frame):
        twice = frame.sample(frac=0.3, random_state=1).assign(volume=1.0)
        return pd.concat([frame, twice]).sample(frac=1, random_state=2)

    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08), change=dirty)
    done = day.watch()
    assert done.falls == 1
    assert [one.state for one in day.alerts()] == ["resolved"]


def operated(day):
    """The day's context with an operator's channel."""
    told = day.context
    settings = told.settings.model_copy(update={"operator_channel": "#portfolio-demo"})
    return told.__class__(settings, day.clock.now, day.clock.sleep, "test")


def test_a_channel_that_refuses_is_told_to_the_operator_before_the_first_minute(slack, tmp_path):
    day = Day(tmp_path, slack, calm(), start=CLOSE - timedelta(minutes=1))
    slack.fault("error:invalid_auth", method="auth.test")
    context = operated(day)
    live.watch(context, wanted(context, [str(day.file)], "XNYS", TODAY), day.source)
    [said] = slack.messages()
    assert "slack:#portfolio-core cannot be told of a fall: Slack refused: invalid_auth" in str(said)


def test_a_source_that_gives_nothing_is_told_to_the_operator_once(slack, tmp_path):
    day = Day(
        tmp_path, slack, calm(), start=at(FALL), change=lambda frame: frame[frame["instant"] < at(FALL)]
    )
    day_context = operated(day)
    asked = wanted(day_context, [str(day.file)], "XNYS", TODAY)
    done = live.watch(day_context, asked, day.source)
    [said] = [one for one in slack.messages() if "no minute bar" in str(one)]
    assert "no minute bar of any of 3 symbols on XNYS since 15:00 EDT" in str(said)
    assert done.minutes == 390


def test_what_is_due_is_told_while_the_source_is_silent(slack, tmp_path):
    closes = fallen(fallen(calm(), "CCC", 0.035, over=2), "BBB", 0.035, begin=FALL + 3, over=2)
    day = Day(tmp_path, slack, closes, change=lambda frame: frame[frame["instant"] < at(FALL + 6)])
    day.clock.stop = at(FALL + 15)
    with pytest.raises(Killed):
        day.watch()
    assert any("BBB" in one["text"] for one in slack.messages())


def test_a_silence_that_is_over_mutes_nothing_any_more(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08, back=45))
    until = at(FALL + 12).isoformat()
    decided.silence(day.context, Actor.typed("Ada"), until, "a known split", symbol="CCC")
    day.clock.stop = at(FALL + 10)
    with pytest.raises(Killed):
        day.watch()
    assert slack.messages() == []
    day.clock.stop = at(FALL + 15)
    with pytest.raises(Killed):
        day.watch()
    assert "CCC fell" in day.first()["text"]


def test_what_cannot_be_stored_is_stored_with_a_later_minute(slack, tmp_path, monkeypatch):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08))
    note, refused = noted.note, []

    def busy(*arguments):
        if len(refused) < 4:
            refused.append(1)
            raise WarehouseError("the warehouse is busy")
        note(*arguments)

    monkeypatch.setattr(noted, "note", busy)
    day.watch()
    [alert] = day.alerts()
    assert (alert.state, alert.severity, len(refused)) == ("resolved", "critical", 4)
    assert "of it recovered" in day.thread()[-1]
