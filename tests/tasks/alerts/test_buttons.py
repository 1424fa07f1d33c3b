"""Alerts answered from Slack: acknowledged by one of the people, silenced by who may."""

from datetime import timedelta

from tasks.alerts import decided
from tasks.outbox.notify import notify, notify_alerts
from tests.standins.slack_socket import SocketStandIn
from tests.tasks.desk import SESSION, crash, market
from tests.tasks.listening import ADA, CY, DORA, PEOPLE, Room

QUIET = PEOPLE.replace('may = ["override"]', 'may = ["silence"]').replace(
    'name = "Ada"\n', 'name = "Ada"\nmay = ["approve"]\n'
)


def test_an_alert_is_acknowledged_and_silenced_in_its_thread(desk, tmp_path):
    report = desk.day(crash(market(), "CCC", SESSION, by=0.1), desk.portfolio(tables=QUIET))
    with SocketStandIn(tmp_path / "slack.db") as slack:
        room = Room(desk, report.run_id, slack)
        notify_alerts(room.context, report.run_id)
        message = room.message()
        [row] = [block for block in message["blocks"] if block["type"] == "actions"]
        assert [one["text"]["text"] for one in row["elements"]] == ["Acknowledge", "Silence…"]
        with room.listening():
            slack.click(message, "ballast_acknowledge", DORA)
            assert "you are not among the people of portfolio" in room.private()["text"]
            slack.click(message, "ballast_acknowledge", ADA)
            room.until(lambda: len(room.answers()) == 1)
            slack.click(message, "ballast_acknowledge", ADA)
            assert "was acknowledged by Ada at" in room.private(2)["text"]
            slack.click(message, "ballast_silence", ADA)
            assert "Ada may not silence alerts of portfolio" in room.private(3)["text"]
            slack.click(message, "ballast_silence", CY)
            [view] = [one["view"] for one in slack.called("views.open")]
            until = int((room.clock[0] + timedelta(hours=2)).timestamp())
            slack.submit(view, {"until": until, "reason": "a known split"}, CY)
            room.until(lambda: len(room.answers()) == 2)
        acknowledged, silenced = room.answers()
        assert "1 alert acknowledged by Ada" in acknowledged
        assert "Silenced by Cy until 2024-06-29 01:30 UTC: a known split" in silenced
        found = decided.listing(room.context)
        assert [(one.state, one.acknowledged_by) for one in found.alerts] == [("acknowledged", "Ada")]
        assert [(one.symbol, one.portfolios, one.by) for one in found.silences] == [("CCC", ("trio",), "Cy")]
        notify(room.context, report.run_id)
        assert "Approve all" in str(slack.messages()[-1]["blocks"])
