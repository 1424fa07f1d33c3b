"""Deciding from Slack: slack_sdk's own client on a real WebSocket, a real outbox, the desk's three orders.

SELL 205 AAA, BUY 192 BBB, BUY 733 CCC are in a message with buttons. Ada and Bob are listed, and Cy, who may
not approve.
"""

import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from quant.errors import InputError
from tasks.listen.listener import Listener
from tasks.orders.recommendations import of_run
from tasks.outbox.notify import notify
from tests.standins.slack import CHANNELS
from tests.standins.slack_socket import SocketStandIn
from tests.tasks.desk import EVENING, Desk, market
from tests.tasks.importing import entries, take
from tests.tasks.listening import ADA, BOB, CY, DORA, PEOPLE, Room
from warehouse.record import ledger

MOVED = {"AAA": 100.0, "BBB": 50.0, "CCC": 21.0}
EXPIRY = datetime(2024, 7, 1, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A day of a portfolio with people, run once and told nowhere yet."""
    desk = Desk(tmp_path_factory.mktemp("listen") / "desk")
    run_id = desk.day(market(), desk.portfolio(tables=PEOPLE)).run_id
    return desk, run_id, shutil.copytree(desk.folder, desk.folder.with_name("kept"))


@pytest.fixture
def room(ran, tmp_path):
    desk, run_id, kept = ran
    shutil.rmtree(desk.folder)
    shutil.copytree(kept, desk.folder)
    with SocketStandIn(tmp_path / "slack.db") as slack:
        here = Room(desk, run_id, slack)
        notify(here.context, run_id)
        yield here


def test_a_click_approves_everything_and_the_thread_says_so(room):
    with room.listening():
        began = time.monotonic()
        envelope = room.slack.click(room.message(), "ballast_approve", ADA)
        room.slack.acknowledged(envelope)
        room.until(lambda: room.states() == ["approved"] * 3)
        print(f"seconds from click to ledger: {time.monotonic() - began:.2f}")
        room.until(lambda: room.answers() != [])
        room.until(lambda: room.slack.edits() != [])
    assert "3 orders approved by Ada" in room.answers()[0]
    assert [block for block in room.message()["blocks"] if block["type"] == "actions"] == []
    last = entries(room.day)[-1].payload
    assert (last["by"], last["actor"]) == ("Ada", {"kind": "slack", "id": ADA})
    assert last["key"].startswith(f"slack click {ADA} ballast_approve ")


def test_what_changes_nothing_gets_a_private_answer(room):
    """Told twice, clicked twice, by nobody who may, of nothing we know: the ledger stays as it is."""
    click, message = room.slack.click, room.message()
    with room.listening():
        for count, (user, said) in enumerate(
            [(DORA, "you are not among the people of portfolio"), (CY, "Cy may not decide on trades")], 1
        ):
            room.slack.acknowledged(click(message, "ballast_approve", user))
            assert said in room.private(count)["text"]
            assert room.private(count)["user"] == user
        room.slack.acknowledged(click(message, "ballast_approve_some", CY))
        assert "Cy may not" in room.private(3)["text"]
        assert room.states() == ["proposed"] * 3
        click(message, "ballast_approve", ADA, at="1719.1", envelope="one")
        room.until(lambda: room.answers() != [])
        before = entries(room.day)
        click(message, "ballast_approve", ADA, at="1719.1", envelope="one")  # the same envelope again
        assert "counted already: Ada approved AAA, BBB, CCC" in room.private(4)["text"]
        click(message, "ballast_approve", ADA, at="1720.2")
        assert "SELL AAA of run" in room.private(5)["text"]
        assert "is approved by Ada on 2024-06-28; it cannot be approved" in room.private(5)["text"]
        click(message, "ballast_snooze", BOB)
        assert "no order of this message is open any more: approved" in room.private(6)["text"]
        room.slack.acknowledged(room.slack.tell("interactive", {"type": "block_actions", "actions": []}))
        room.slack.acknowledged(room.slack.tell("events_api", {}))
    assert entries(room.day) == before
    assert len(room.answers()) == 1


def test_what_is_decided_in_one_channel_is_over_in_every_other(desk, tmp_path):
    tables = PEOPLE + '[[channel]]\nnotifier = "slack"\nchannel = "#portfolio-demo"\n'
    run_id = desk.day(market(), desk.portfolio(tables=tables)).run_id
    with SocketStandIn(tmp_path / "slack.db") as slack:
        here = Room(desk, run_id, slack)
        notify(here.context, run_id)
        first, other = [one for one in slack.messages() if "thread_ts" not in one]
        assert (first["channel"], other["channel"]) == ("#portfolio-core", "#portfolio-demo")
        with here.listening():
            slack.click(first, "ballast_approve", ADA)
            here.until(lambda: len(here.answers()) == 2)
            here.until(lambda: len(slack.edits()) == 2)
            slack.click(other, "ballast_approve", BOB)  # on a screen that shows the buttons still
            said = here.private()
        assert "is approved by Ada" in said["text"]
        assert said["channel"] == CHANNELS["portfolio-demo"]
        assert here.states() == ["approved"] * 3
        told = [(one["channel"], one["thread_ts"]) for one in slack.messages() if "thread_ts" in one]
        assert told == [(one["channel"], one["ts"]) for one in (first, other)]
        assert [one for one in slack.messages() if "actions" in str(one["blocks"])] == []


@pytest.mark.long
def test_two_people_approve_and_the_same_one_does_not_twice(room):
    file = room.desk.folder / "trio.toml"
    file.write_text("approvals = 2\n" + file.read_text())
    with room.listening():
        room.slack.click(room.message(), "ballast_approve", ADA)
        room.until(lambda: len(room.answers()) == 1)
        assert room.states() == ["proposed"] * 3
        room.slack.click(room.message(), "ballast_approve", ADA)
        assert "Ada has approved SELL AAA" in room.private()["text"]
        room.slack.click(room.message(), "ballast_approve", BOB)
        room.until(lambda: len(room.answers()) == 2)
    assert room.states() == ["approved"] * 3
    assert ["approved once by Ada" in room.answers()[0], "approved by Bob" in room.answers()[1]] == [
        True,
        True,
    ]


def test_a_click_after_expiry_or_on_what_was_replaced(room):
    message = room.message()
    with room.listening():
        room.clock[0] = EXPIRY
        room.slack.click(message, "ballast_approve", ADA)
        assert "expired at 2024-07-01 20:00 UTC and cannot be approved" in room.private()["text"]
        assert room.states() == ["expired"] * 3


@pytest.mark.long
def test_the_same_found_again_is_decided_on_and_another_result_replaces(room):
    """The second run says nothing and the message stands for it; what another one replaced is over."""
    message, file = room.message(), room.desk.folder / "trio.toml"
    again = room.desk.at(EVENING + timedelta(minutes=30)).day(market(), file).run_id
    room.clock[0] = EVENING + timedelta(hours=2)
    notify(room.context, again)
    assert len(room.slack.messages()) == 1
    other = room.desk.at(EVENING + timedelta(hours=2)).day(
        market({"AAA": 100.0, "BBB": 50.0, "CCC": 21.0}), file
    )
    with room.desk.visit() as db:
        assert {one.state for one in of_run(db, again, room.clock[0])} == {"superseded"}
    with room.listening():
        room.slack.click(message, "ballast_approve", ADA)
        assert f"was replaced by run {other.run_id}" in room.private()["text"]


def test_forms_lower_quantities_reject_with_a_reason_and_put_off(room):
    with room.listening():
        room.slack.click(room.message(), "ballast_approve_some", ADA)
        [view] = [one["view"] for one in room.slack.called("views.open")]
        values = {"shares AAA": "100", "shares BBB": "192", "shares CCC": None}
        room.slack.submit(view, {**values, "shares AAA": "206"}, ADA)
        assert "206 shares; more than 0 and at most 205" in room.private()["text"]
        room.slack.submit(view, values, ADA)
        room.until(lambda: room.states() == ["approved", "approved", "proposed"])
        with room.desk.visit() as db:
            assert [one.allowed for one in of_run(db, room.run_id, room.clock[0])] == [100, 192, 733]
        room.slack.click(room.message(), "ballast_reject", BOB)
        view = room.slack.called("views.open", 2)[-1]["view"]
        room.slack.submit(view, {"reason": " "}, BOB)
        assert "the reason is empty" in room.private(2)["text"]
        room.slack.submit(view, {"reason": "<!channel> & dividend"}, BOB)
        room.until(lambda: len(room.answers()) == 2)
    assert room.states() == ["rejected"] * 3
    assert "REJECTED by Bob: &lt;!channel&gt; &amp; dividend" in room.answers()[1]


def test_what_is_put_off_is_told_of_once_more(room):
    soon = room.clock[0] + timedelta(hours=1)
    with room.listening():
        room.slack.click(room.message(), "ballast_snooze", ADA)
        view = room.slack.called("views.open")[0]["view"]
        for until, said in ((soon - timedelta(days=1), "must lie between now and"), (soon, "reminded once")):
            sent = room.slack.submit(view, {"until": int(until.timestamp())}, ADA)
            room.slack.acknowledged(sent)
            room.until(lambda said=said: said in str(room.slack.called("chat.postEphemeral")))
        assert room.answers() == []
        room.clock[0] = soon
        room.until(lambda: room.answers() != [])
        room.clock[0] = soon + timedelta(minutes=5)
        time.sleep(0.5)
    assert len(room.answers()) == 1
    assert "3 orders still open, put off by Ada" in room.answers()[0]


def test_why_is_told_in_the_thread_to_who_is_listed(room):
    with room.listening():
        room.slack.click(room.message(), "ballast_why", DORA)
        assert "you are not among the people" in room.private()["text"]
        room.slack.click(room.message(), "ballast_why", CY)
        room.until(lambda: room.answers() != [])
    [told] = [one for one in room.slack.messages() if "thread_ts" in one]
    assert f"(run {room.run_id})" in str(told["blocks"])
    assert "AAA" in str(told["blocks"])


def test_slash_commands_are_answered_privately_to_who_is_listed(room):
    with room.listening():
        for user, text, said in (
            (DORA, "status", "you are not among the people of any portfolio"),
            (ADA, "status", "trio · 2024-06-28: recommended; 3 proposed"),
            (ADA, "why AAA", "SELL 205 AAA"),
            (ADA, "why ZZZ", "'ZZZ' is in none of your portfolios: trio."),
            (ADA, "run 2024-06-28", "ballast daily --portfolio trio --session 2024-06-28"),
            (ADA, "run core", "'core' is none of your portfolios: trio."),
            (ADA, "whatif core --deposit 1", "'core' is none of your portfolios: trio."),
            (ADA, "&lt;!channel&gt;", "/ballast status: where each"),
        ):
            before = len(room.slack.calls)
            room.slack.acknowledged(room.slack.command(text, user))
            room.until(lambda before=before: len(room.slack.calls) > before)
            method, answer = room.slack.calls[-1]
            assert (method, answer["response_type"]) == ("respond", "ephemeral")
            assert said in answer["text"]
    assert room.answers() == []


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (None, "set BALLAST_SLACK_APP_TOKEN to the app's token"),
        ("xapp-wrong", "refused .* \\(invalid_auth\\)"),
    ],
)
def test_without_a_token_that_slack_takes_nobody_listens(tmp_path, token, sentence):
    with SocketStandIn(tmp_path / "slack.db") as slack:
        app_token = SecretStr(token) if token else None
        settings = Desk(tmp_path).context(slack_app_token=app_token, slack_url=slack.url).settings
        with pytest.raises(InputError, match=sentence):
            Listener(settings, print).run(1.0, print)


def test_a_listener_that_fails_acknowledges_and_comes_back_after_drops(room):
    heard = []

    def fails(asked):
        heard.append(asked)
        raise ZeroDivisionError

    with room.listening(fails):
        room.slack.acknowledged(room.slack.click(room.message(), "ballast_approve", ADA), 3.0)
        for break_off in (room.slack.disconnect, room.slack.drop):
            before = room.slack.opened
            break_off()
            room.slack.wait(lambda before=before: room.slack.opened > before and bool(room.slack.sockets))
            room.slack.acknowledged(room.slack.click(room.message(), "ballast_approve", ADA))
    room.until(lambda: len(heard) == 3)
    assert room.states() == ["proposed"] * 3


def test_a_process_that_ends_between_answer_and_ledger_leaves_nothing_half(room):
    """The click is lost: nothing is stored, and the next one counts."""

    def ends(asked):
        raise SystemExit

    with room.listening(ends):
        room.slack.acknowledged(room.slack.click(room.message(), "ballast_approve", ADA))
    with room.desk.visit() as db:
        assert ledger.entries(db, ("recommendation",)) == []
    with room.listening():
        room.slack.click(room.message(), "ballast_approve", ADA)
        room.until(lambda: room.states() == ["approved"] * 3)


@pytest.mark.long
def test_fills_and_a_halt_before_the_click(room):
    take(room.day, "RUN,AAA,SELL,100,99.8,,,")
    (room.desk.home / "KILL.trio").write_text("a war")
    with room.listening():
        room.slack.click(room.message(), "ballast_approve", ADA)
        assert "the kill switch is on: a war" in room.private()["text"]
        (room.desk.home / "KILL.trio").unlink()
        room.slack.click(room.message(), "ballast_approve", ADA)
        room.until(lambda: room.states() == ["executed", "approved", "approved"])
