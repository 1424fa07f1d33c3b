"""A message of the watch answered in Slack: acknowledged and silenced; unanswered, it calls others."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from tasks.alerts import decided
from tasks.outbox.alerting.escalated import escalate
from tests.standins.slack import TOKEN
from tests.standins.slack_socket import APP_TOKEN, SocketStandIn
from tests.tasks.listening import ADA, CY, DORA, PEOPLE, Room
from tests.tasks.watch.session import FALL, Killed, at, calm, fallen
from tests.tasks.watch.test_live import Day

QUIET = PEOPLE.replace('may = ["override"]', 'may = ["silence"]').replace(
    'name = "Ada"\n', 'name = "Ada"\nmay = ["approve"]\n'
)
CALLED = PEOPLE + '[[person]]\nname = "Eve"\nrole = "deputy"\nslack = "U0000EVE1"\n'


class Watched(Day):
    """A day whose channel has buttons."""

    @property
    def context(self):
        told = self.desk.context(
            slack_token=SecretStr(TOKEN), slack_app_token=SecretStr(APP_TOKEN), slack_url=self.slack.url
        )
        return told.__class__(told.settings, self.clock.now, self.clock.sleep, "test")


def fell(folder, slack, tables):
    """A day on which CCC falls, up to the sixth minute, and the room in which people answer."""
    day = Watched(folder, slack, fallen(calm(), "CCC", 0.08), tables=tables)
    day.clock.stop = at(FALL + 6)
    with pytest.raises(Killed):
        day.watch()
    room = Room(day.desk, None, slack)
    room.clock = [day.clock.now()]
    return day, room


def test_a_fall_is_acknowledged_and_silenced_in_its_thread(tmp_path):
    with SocketStandIn(tmp_path / "slack.db") as slack:
        day, room = fell(tmp_path, slack, QUIET)
        message = room.message()
        [row] = [block for block in message["blocks"] if block["type"] == "actions"]
        assert [one["text"]["text"] for one in row["elements"]] == ["Acknowledge", "Silence…"]
        with room.listening():
            slack.click(message, "ballast_acknowledge", DORA)
            assert "you are not among the people of portfolio" in room.private()["text"]
            slack.click(message, "ballast_acknowledge", ADA)
            room.until(lambda: any("1 alert acknowledged by Ada" in one for one in room.answers()))
            slack.click(message, "ballast_acknowledge", ADA)
            assert "was acknowledged by Ada at" in room.private(2)["text"]
            slack.click(message, "ballast_silence", CY)
            [view] = [one["view"] for one in slack.called("views.open")]
            until = int((room.clock[0] + timedelta(hours=2)).timestamp())
            slack.submit(view, {"until": until, "reason": "a known split"}, CY)
            room.until(lambda: any("Silenced by Cy" in one for one in room.answers()))
        found = decided.listing(room.context)
        assert [(one.state, one.acknowledged_by) for one in found.alerts] == [("acknowledged", "Ada")]
        told = len(slack.messages())
        day.watch()
        assert len(slack.messages()) == told, "a silenced alert is not told to be over"


def test_nobody_answers_and_the_deputy_is_called_in_the_thread(tmp_path):
    with SocketStandIn(tmp_path / "slack.db") as slack:
        day, _ = fell(tmp_path, slack, CALLED)
        escalate(day.context)
        assert not any("Not acknowledged" in one for one in day.thread())
        day.clock.time += timedelta(minutes=5)
        for _ in range(2):
            escalate(day.context)
        [called] = [one for one in day.thread() if "Not acknowledged" in one]
        assert "CCC" in called
