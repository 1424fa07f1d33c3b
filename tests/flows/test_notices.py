"""`ballast notices`, as an operator types it."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.tasks.desk import EVENING
from warehouse import notices
from warehouse.notices import Notice
from warehouse.record import ledger

CONTRACT = {"key", "kind", "channel", "state", "attempts", "error", "created_at", "sent_at", "parent"}
NOBODY = "no portfolio's last run sends to this channel"


@pytest.fixture
def ballast(desk):
    """The command line on a HOME with one message in each state; JSON is read."""

    def run(*words):
        result = CliRunner().invoke(app, [*words, "--home", str(desk.home)])
        if isinstance(result.exception, InputError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in words else result.stdout

    with desk.visit() as db:
        for number, state in enumerate(("sent", "refused", "pending", "unknown", "sending", "preview")):
            parent = "a" if state == "pending" else None
            one = Notice(
                f"{state[:2]}{number}" + "0" * 60, None, "slack:#desk", "core", date(2024, 6, 28), "halt",
                {"text": "x"}, parent=parent,
            )  # fmt: skip
            notices.ask(db, one, EVENING)
            notices.take(db, one, "here|1|2|3", EVENING, EVENING)
            if state != "sending":
                error = None if state in {"sent", "preview"} else f"why {state}"
                notices.finish(db, one.key, "here|1|2|3", EVENING, state=state, error=error)
    return run


def states(found):
    return [one["state"] for one in found["notices"]]


def test_what_is_not_delivered_comes_first(ballast):
    found = ballast("notices", "list", "--json")
    assert found["schema"] == 1
    assert all(set(one) == CONTRACT for one in found["notices"])
    assert states(found) == ["queued", "failed", "queued", "unknown", "preview", "sent"]
    assert ballast("notices", "--json") == found
    waits = found["notices"][0]
    assert (waits["key"][:3], waits["parent"], waits["sent_at"]) == ("pe2", "a", None)
    assert (waits["error"], waits["attempts"], waits["created_at"]) == (
        "why pending", 0, "2024-06-28T22:30:00Z"
    )  # fmt: skip
    assert found["notices"][-1]["sent_at"] == "2024-06-28T22:30:00Z"
    assert "re1000000000  failed  halt to slack:#desk" in ballast("notices")


def test_older_ones_are_named_and_shown_with_all(ballast, desk):
    with desk.visit() as db:
        for number in range(30):
            one = Notice(f"old{number:02}", None, "slack:#desk", "core", date(2024, 6, 28), "halt", {})
            notices.ask(db, one, EVENING)
            notices.decide(db, one.key, "dropped", None, EVENING)
    assert "12 older messages: ballast notices list --all" in ballast("notices")
    assert len(ballast("notices", "list", "--all", "--json")["notices"]) == 36


def test_a_refused_message_is_dropped_and_the_ledger_has_who(ballast, desk):
    found = ballast("notices", "drop", "re1", "--by", "Ada", "--json")
    assert states(found) == ["dropped"]
    assert found["notices"][0]["error"] == "why refused"
    with desk.visit() as db:
        [entry] = ledger.entries(db, ["notice"])
        assert notices.waiting(db) == ["slack:#desk"]
    assert entry.subject == found["notices"][0]["key"]
    assert (entry.payload["by"], entry.payload["choice"]) == ("Ada", "dropped")
    with pytest.raises(InputError, match=r"message re1000000000 \(halt to slack:#desk\) was dropped on"):
        ballast("notices", "drop", "re1")


def test_a_refused_message_is_tried_again_and_says_why_it_cannot_arrive(ballast, desk):
    """No run has named this channel, so that there is nothing to send with."""
    found = ballast("notices", "retry", "re1", "--by", "Ada", "--json")
    assert states(found) == ["queued"]
    assert NOBODY in found["notices"][0]["error"]
    with desk.visit() as db:
        assert [one.payload["choice"] for one in ledger.entries(db, ["notice"])] == ["retried"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("zz", "message 'zz': there is no such message. `ballast notices list --all` shows the keys."),
        ("", "message '': there is no such message."),
        ("s", "message 's': 2 messages have a key that begins so."),
        ("se0", r"was delivered on 2024-06-28 22:30 UTC: nothing is left to do."),
        ("pr5", r"is a preview, written on 2024-06-28 22:30 UTC: nothing is left to do."),
    ],
)
@pytest.mark.parametrize("choice", ["retry", "drop"])
def test_what_cannot_be_decided_is_one_sentence_and_changes_nothing(ballast, desk, key, words, choice):
    before = ballast("notices", "list", "--all", "--json")
    with pytest.raises(InputError, match=words) as caught:
        ballast("notices", choice, key, "--by", "Ada")
    assert caught.value.exit_code == 2
    assert ballast("notices", "list", "--all", "--json") == before
    with desk.visit() as db:
        assert ledger.entries(db, ["notice"]) == []
