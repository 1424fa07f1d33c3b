"""One conversation for each portfolio, session and channel: changed where it stands, and never backwards."""

import shutil
from datetime import timedelta

import pytest

from flows.backfill_run import backfill
from quant.people import Actor
from tasks.fills import importing
from tasks.orders.recommendations import of_run
from tasks.outbox.delivery import deliver_all
from tasks.outbox.halted import switch
from tasks.outbox.notify import notify
from tasks.record.explain import explain
from tasks.record.replay import replay
from tasks.run.plan import Asked, plan
from tests.e2e import invariants
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.smtp import SmtpStandIn
from tests.tasks.desk import EVENING, SESSION, Desk, change, market, run_day, sessions
from tests.tasks.importing import HEAD
from warehouse import notices
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.restore import restore

TABLES = '[slack]\nchannel = "#portfolio-core"\n[[channel]]\nnotifier = "email"\nto = "pm@example.org"\n'
LATER = EVENING + timedelta(minutes=1)
PAST = sessions(6)[0]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A desk and its first run, which recommends two buys and a sale; nobody was told."""
    desk = Desk(tmp_path_factory.mktemp("days") / "desk")
    report = desk.day(market(), desk.portfolio(tables=TABLES))
    return desk, report.run_id


@pytest.fixture
def desk(first, tmp_path):
    return Desk(shutil.copytree(first[0].folder, tmp_path / "desk"))


def rerun(desk, stop, now=LATER):
    """The day again at the desk, perhaps while everything is stopped; nobody is told."""
    context = desk.at(now).context()
    asked = Asked(str(desk.folder / "trio.toml"), SESSION, f"files:{desk.folder / 'prices.parquet'}", stop)
    return run_day(context, plan(context, asked), notifying=False).run_id


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


@pytest.fixture
def mail():
    with SmtpStandIn() as standin:
        yield standin


@pytest.fixture
def tell(desk, first, slack, mail):
    """Tell of the first run (1), or of the second one (2), which a halt holds."""
    ids = {1: first[1]}

    def told(number, now=None):
        if number not in ids:
            ids[number] = rerun(desk, "war")
        notify(of(desk.at(now or {1: EVENING, 2: LATER}[number]), slack, mail), ids[number])

    return told


def of(desk, slack, mail):
    return desk.context(
        slack_url=slack.url, slack_token=TOKEN, smtp_url=mail.url, smtp_from="ballast@example.org"
    )


def states(desk, channel="slack:"):
    """Kind and state of each message, without details, in the order in which they were asked for."""
    with desk.visit() as db:
        found = [one for one in reversed(notices.every(db)) if one.notice.channel.startswith(channel)]
    found = [one for one in found if one.notice.kind != "details"]
    return [(one.notice.kind, one.state) for one in sorted(found, key=lambda one: one.created_at)]


def states_of_details(desk):
    with desk.visit() as db:
        return sorted(one.state for one in notices.every(db) if one.notice.kind == "details")


def words(message):
    return "\n".join(block["text"]["text"] for block in message["blocks"] if "text" in block)


def test_another_result_changes_the_message_and_the_thread_says_what_and_why(desk, tell, slack, mail):
    tell(1)
    [first] = slack.messages()
    assert "2 buys, 1 sell" in first["text"]
    tell(2)
    changed, answer = slack.messages()
    assert (changed["ts"], "HELD" in changed["text"]) == (first["ts"], True)
    assert "HELD" in words(changed)
    assert changed["metadata"]["event_payload"]["conversation"] == "trio 2024-06-28"
    assert (answer["thread_ts"], bool(answer["reply_broadcast"])) == (first["ts"], True)
    assert "Before: 2 buys, 1 sell" in words(answer)
    assert "SELL 205 AAA, limit 99.5, HELD" in words(answer)
    assert "Because a kill switch was set or removed" in words(answer).replace("\n", " ")
    one, other = mail.messages()
    assert (other["In-Reply-To"], "HELD" in other["Subject"]) == (one["Message-ID"], True)
    assert other.get_content().startswith("This message replaces the earlier one")
    for _ in range(2):
        tell(2)
    assert (len(slack.messages()), len(slack.edits()), len(mail.messages())) == (2, 1, 2)
    invariants.check(desk.home)


def test_the_details_stand_in_the_thread_and_a_later_result_takes_their_place(desk, tell, slack, mail):
    tell(1)
    [first], [details] = slack.messages(), slack.details()
    assert (details["thread_ts"], details.get("reply_broadcast")) == (first["ts"], None)
    assert "Risk checks" in words(details)
    tell(1)
    tell(2)
    [changed] = slack.details()
    assert (changed["ts"], changed["thread_ts"]) == (details["ts"], first["ts"])
    assert words(changed) != words(details)
    tell(2)
    assert len(slack.details()) == 1
    assert states_of_details(desk) == ["sent", "sent"]
    assert "Risk checks" in mail.messages()[0].get_content()
    invariants.check(desk.home)


@pytest.mark.parametrize("fault", ["accept_drop", "error_500"])
def test_details_whose_change_is_lost_are_read_back_in_the_thread(desk, tell, slack, mail, fault):
    tell(1)
    slack.fault("", method="chat.update")  # the message's own change goes through
    slack.fault(fault, method="chat.update")
    tell(2)
    assert states_of_details(desk) == ["sent", "sent"]
    assert len(slack.details()) == 1
    assert slack.requests("chat.update") == (2 if fault == "accept_drop" else 3)


def test_details_of_what_never_arrived_are_not_sent(desk, tell, slack):
    slack.fault("error:invalid_auth")
    tell(1)
    tell(2)
    [details] = slack.details()
    assert "kill_switch" in words(details)
    assert states_of_details(desk) == ["sent", "superseded"]


def test_details_that_somebody_deleted_are_told_anew_in_the_thread(tell, slack):
    tell(1)
    slack.forget(slack.details()[0]["ts"])
    tell(2)
    assert [one["thread_ts"] for one in slack.details()] == [slack.messages()[0]["ts"]]


def test_what_never_arrived_is_superseded_and_the_newest_only_is_sent(desk, tell, slack):
    slack.fault("error:invalid_auth")
    tell(1)
    assert states(desk) == [("digest", "failed")]
    tell(2)
    [message] = slack.messages()
    assert "HELD" in message["text"]
    assert states(desk) == [("digest", "superseded"), ("digest", "sent")]


@pytest.mark.parametrize("fault", ["accept_drop", "accept_500", "error_500", "drop", "rate_limited"])
def test_an_answer_to_a_change_that_is_lost_is_read_back(tell, slack, fault):
    tell(1)
    slack.fault(fault, method="chat.update", seconds=1)
    tell(2)
    assert len(slack.messages()) == 2
    assert len(slack.edits()) == 1


def test_a_change_that_cannot_be_read_back_waits_and_is_repeated_later(desk, tell, slack, mail):
    tell(1)
    slack.fault("accept_drop", method="chat.update")
    slack.fault("error:missing_scope", method="conversations.history", times=2)
    tell(2)
    assert ("digest", "unknown") in states(desk)
    assert slack.messages()[1]["thread_ts"] == slack.messages()[0]["ts"]
    deliver_all(of(desk.at(LATER + timedelta(minutes=1)), slack, mail))
    assert [state for _, state in states(desk)] == ["sent"] * 3
    assert len(slack.edits()) == 1


def test_a_message_in_doubt_that_had_arrived_says_so_once_a_newer_one_stands_beside_it(
    desk, tell, slack, mail
):
    """Nobody can read the history for a while; afterwards only one message says what to do."""
    slack.fault("accept_drop")
    slack.fault("error:missing_scope", method="conversations.history", times=9)
    tell(1)
    tell(2)
    old, newer = slack.messages()
    assert ["2 buys, 1 sell" in old["text"], "HELD" in newer["text"]] == [True, True]
    slack.mend()
    for minute in (1, 2):
        deliver_all(of(desk.at(LATER + timedelta(minutes=minute)), slack, mail))
    replaced, same = slack.messages()
    assert (replaced["ts"], same) == (old["ts"], newer)
    assert "REPLACED: a newer message here says what is so" in replaced["text"]
    assert ("2 buys" in str(replaced), "actions" in str(replaced["blocks"])) == (False, False)
    assert {state for _, state in states(desk)} == {"sent"}
    assert len(slack.edits()) == 1


def test_an_older_run_never_takes_the_place_of_a_newer_one(desk, tell, slack):
    tell(2)
    tell(1, LATER + timedelta(minutes=1))
    [message] = slack.messages()
    assert "HELD" in message["text"]
    assert sorted(states(desk)) == [("digest", "sent"), ("digest", "superseded")]


def test_a_message_that_somebody_deleted_is_sent_anew(tell, slack):
    tell(1)
    slack.forget(slack.messages()[0]["ts"])
    tell(2)
    message, answer = slack.messages()
    assert "HELD" in message["text"]
    assert answer["thread_ts"] == message["ts"]


def test_after_a_restore_the_message_is_found_and_changed(desk, tell, slack):
    with desk.visit():
        pass
    warehouse = desk.context().warehouse
    backup.take(warehouse, EVENING, 7, 4)
    tell(1)
    restore(warehouse, LATER)
    tell(2)
    [message] = slack.messages()
    assert "HELD" in message["text"]
    assert len(slack.edits()) == 1


def test_a_halt_answers_the_message_of_the_day(desk, tell, slack, mail):
    tell(1)
    [digest] = slack.messages()
    context = of(desk.at(LATER), slack, mail)
    switch(context, "trio", "disabled", Actor.typed("Ada"), "the custodian is changed")
    switch(context, "trio", "enabled", Actor.typed("Ada"), "done")
    assert [one.get("thread_ts") for one in slack.messages()] == [None, digest["ts"], digest["ts"]]
    much_later = of(desk.at(EVENING + timedelta(days=9)), slack, mail)
    switch(much_later, "trio", "disabled", Actor.typed("Ada"), "another day")
    assert "thread_ts" not in slack.messages()[-1]


def test_portfolios_that_share_a_channel_have_a_conversation_each(desk, tell, slack, mail):
    """Each is changed, halted and filled in its own; what concerns both is said once."""
    tell(1)
    other = desk.day(market(), desk.portfolio(name="core", tables=TABLES))
    notify(of(desk, slack, mail), other.run_id)
    one, two = slack.messages()
    assert [name in message["text"] for name, message in (("trio", one), ("core", two))] == [True, True]
    tell(2)
    changed, untouched, answer = slack.messages()
    assert ["HELD" in changed["text"], untouched, answer["thread_ts"]] == [True, two, one["ts"]]
    context = of(desk.at(LATER), slack, mail)
    switch(context, "core", "disabled", Actor.typed("Ada"), "the custodian is changed")
    switch(context, "all", "disabled", Actor.typed("Ada"), "the exchange is closed")
    own, every = slack.messages()[3:]
    assert (own["thread_ts"], "thread_ts" in every) == (two["ts"], False)
    assert {one["thread_ts"] for one in slack.details()} == {one["ts"], two["ts"]}
    invariants.check(desk.home)


def test_history_neither_changes_nor_answers_the_conversation_of_today(desk, first, tell, slack, mail):
    """A backfill says nothing; a past day that is run for study begins a conversation of its own."""
    tell(1)
    [today] = slack.messages()
    context = of(desk.at(LATER), slack, mail)
    file = str(desk.folder / "trio.toml")
    restated = change(market(), "AAA", PAST, close=99.9, open=99.9, high=99.9, low=99.9)
    done = backfill(context, file, sessions(20)[0], None, desk.prices(restated))
    assert done.rows_new > 0
    assert (slack.messages(), slack.edits()) == ([today], [])
    run_day(context, plan(context, Asked(file, PAST, desk.prices(restated))))
    now, past = slack.messages()
    assert (now, "thread_ts" in past, f"trio · {PAST}" in past["text"]) == (today, False, True)
    assert "HISTORICAL" in words(past)
    assert [one for one in past["blocks"] if one["type"] == "actions"] == []
    with desk.visit() as db:
        assert {one.state for one in of_run(db, first[1], LATER)} == {"proposed"}
    switch(context, "trio", "disabled", Actor.typed("Ada"), "the custodian is changed")
    assert slack.messages()[-1]["thread_ts"] == today["ts"]
    assert slack.edits() == []


def test_a_replay_and_a_story_send_nothing_also_of_what_waits(desk, first, tell, slack, mail):
    slack.fault("error:invalid_auth")
    tell(1)
    context = of(desk.at(LATER), slack, mail)
    before = context.warehouse.read(notices.every)
    asked = (slack.requests(), len(mail.messages()))
    assert replay(context, first[1]).difference is None
    assert explain(context, first[1], None).trades
    assert context.warehouse.read(notices.every) == before
    assert (slack.requests(), len(mail.messages())) == asked
    assert ("digest", "failed") in states(desk)


def test_what_answers_waits_for_what_it_answers(desk, tell, slack, mail):
    slack.fault("rate_limited", seconds=100)
    tell(1)
    context = of(desk, slack, mail)
    switch(context, "trio", "disabled", Actor.typed("Ada"), "the custodian is changed")
    assert slack.messages() == []
    deliver_all(of(desk.at(EVENING + timedelta(seconds=60)), slack, mail))  # Slack asked to wait longer
    assert slack.requests() == 1
    deliver_all(of(desk.at(EVENING + timedelta(seconds=101)), slack, mail))
    digest, halt = slack.messages()
    assert halt["thread_ts"] == digest["ts"]


def test_fills_are_told_in_the_thread_of_what_recommended_them(tmp_path, slack, mail):
    desk = Desk(tmp_path / "own")
    run_id = desk.day(market(), desk.portfolio(tables=TABLES)).run_id
    notify(of(desk, slack, mail), run_id)
    file = desk.folder / "fills.csv"
    file.write_text(f"{HEAD}\n{run_id},AAA,SELL,105,99.8,1,2024-07-01,x1\n")
    for _ in range(2):  # known the second time
        importing.take(of(desk.at(EVENING + timedelta(days=3)), slack, mail), file, Actor.typed("Bob"))
    digest, fills = slack.messages()
    assert fills["thread_ts"] == digest["ts"]
    assert not fills.get("reply_broadcast")
    assert "1 fill booked by Bob" in fills["text"]
    assert "SELL 105 AAA at 99.8; the limit was 99.5" in words(fills)
    assert [message["In-Reply-To"] for message in mail.messages()[1:]] == [mail.messages()[0]["Message-ID"]]
