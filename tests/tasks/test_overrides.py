"""An override's life, on the desk's day: its sale of AAA, worth 20,500, is held by max_order_value."""

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.decisions import overrides
from tasks.decisions.ruling import Wish
from tasks.outbox import answered
from tasks.record.replay import replay
from tasks.report.digest import alert, digest
from tasks.report.formats import markdown
from tasks.report.words.wording import standing
from tests.tasks.desk import EVENING, SESSION, Desk, held, market, proposed, sessions
from warehouse.record import ledger

TIGHT = "[risk]\nmax_order_value = 20000.0\n"
UNTIL = datetime(2024, 6, 29, 4, tzinfo=UTC)  # midnight in New York, which ends the session's day


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("ran"))
    report = desk.day(market(), desk.portfolio(tables=TIGHT))
    assert list(held(report)) == ["AAA"]
    return desk


@pytest.fixture
def desk(ran, tmp_path):
    return Desk(shutil.copytree(ran.folder, tmp_path / "desk"))


def ask(desk, check="max_order_value", symbol=None, by="Ada", reason="a block trade", until=str(SESSION)):
    return overrides.request(desk.context(), "trio", check, symbol, Actor.typed(by), reason, until)


def in_force(desk, now=EVENING):
    with desk.visit() as db:
        return [one.id for one in overrides.in_force(db, "trio", now)]


def test_two_people_override_a_check_and_it_shows_everywhere(desk):
    one = ask(desk, "max_order_value", "AAA")
    assert (one.state, one.until, in_force(desk)) == ("requested", UNTIL, [])
    overrides.approve(desk.context(), one.id[:5], Actor.typed("Bob"))
    report = desk.decision(desk.portfolio(tables=TIGHT))
    words = "overridden until 2024-06-29 04:00 UTC by Ada and Bob: a block trade"
    assert (held(report), len(proposed(report))) == ({}, 3)
    [check] = [row for row in report.checks if (row.check, row.scope) == ("max_order_value", "AAA")]
    assert (check.status, check.rule.split("; ")[1]) == ("warn", f"AAA {words}")
    assert [(row.id, row.until) for row in report.overrides] == [(one.id, "2024-06-29T04:00:00Z")]
    said = "max_order_value of AAA is overridden until 2024-06-29 00:00 EDT by Ada and Bob: a block trade"
    assert standing(report) == [f"{said}."]
    assert all("Ada and Bob" in message for message in map(markdown.render, (digest(report), alert(report))))
    overrides.revoke(desk.context(), one.id, Actor.typed("Cy"), "the block is done")
    assert in_force(desk) == []
    assert replay(desk.context(), report.run_id).difference is None
    with desk.visit() as db:
        told = [(entry.payload["state"], entry.payload["by"]) for entry in ledger.entries(db, ("override",))]
    assert told == [("requested", "Ada"), ("approved", "Bob"), ("revoked", "Cy")]


def test_it_ends_at_its_instant(desk):
    one = ask(desk, until="2024-06-28T20:00:00-04:00")
    overrides.approve(desk.context(), one.id, Actor.typed("Bob"))
    end = datetime(2024, 6, 29, 0, tzinfo=UTC)
    assert in_force(desk, end - timedelta(microseconds=1)) == [one.id]
    assert in_force(desk, end) == []
    assert overrides.every(desk.at(end).context())[0].state == "expired"
    with pytest.raises(InputError, match="is expired already"):
        overrides.revoke(desk.at(end).context(), one.id, Actor.typed("Cy"), "too late")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"check": "data"}, "'data' can never be overridden"),
        ({"check": "restricted"}, "'restricted' can never be overridden"),
        ({"check": "kill_switch"}, "'kill_switch' can never be overridden"),
        ({"check": "max_wait"}, "there is no check 'max_wait'"),
        ({"symbol": "ZZZ"}, "symbol 'ZZZ' is not in portfolio 'trio', which has AAA, BBB, CCC"),
        ({"reason": " "}, "the reason is empty"),
        ({"by": ""}, "the name of who decides is empty"),
        ({"until": "tomorrow"}, "the end 'tomorrow': write a day"),
        ({"until": "2024-06-28T22:30:00Z"}, "must lie after now and at most 30 days ahead"),
        ({"until": "2024-07-28"}, "up to 2024-07-28T22:30Z"),
    ],
)
def test_a_request_that_cannot_be_is_refused(ran, wrong, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        ask(ran, **wrong)
    assert overrides.every(ran.context()) == []


def test_nobody_approves_alone_or_twice(desk):
    one = ask(desk, by="Ada Byron")
    for same in ("Ada Byron", " ada  BYRON ", "\u0410da Byron"):  # the last begins with a Cyrillic A
        with pytest.raises(InputError, match="a second person must approve it"):
            overrides.approve(desk.context(), one.id, Actor.typed(same))
    overrides.approve(desk.context(), one.id, Actor.typed("Bob"))
    with pytest.raises(InputError, match="is approved and cannot be approved"):
        overrides.approve(desk.context(), one.id, Actor.typed("Cy"))
    with pytest.raises(InputError, match="override 'x': there is none"):
        overrides.approve(desk.context(), "x", Actor.typed("Cy"))


@pytest.mark.long
def test_an_order_that_is_never_done_is_held_and_a_rejection_ends_the_row(desk):
    file = desk.portfolio(name="duo", tables="[risk]\nmax_repeats = 2\n")
    _, second = (desk.decision(file, day) for day in sessions(3)[:2])
    evening = desk.at(EVENING - timedelta(days=1))
    wish = Wish("rejected", Actor.typed("Ada"), ["BBB"], "not now")
    answered.decide(evening.context(), second.run_id, wish)
    third = desk.decision(file)
    assert set(held(third)) == {"AAA", "CCC"}
    assert held(third)["AAA"] == (
        "max_repeats: number of runs in a row with the order SELL AAA and no fill of it is 3, "
        "above the limit of 2"
    )
    assert [row[0] for row in proposed(third)] == ["BBB"]
    assert replay(desk.context(), third.run_id).difference is None


def test_the_orders_of_other_portfolios_on_the_session_count(ran, desk):
    """Trio recommends 31 BBB and 120 CCC, worth 3,950; duo wants 20,500 + 9,600 + 14,660."""
    for limit, status in ((48_000.0, "held"), (49_000.0, "recommended")):
        duo = desk.portfolio(name="duo", tables=f"[risk]\nmax_notional_total = {limit}\n")
        report = desk.decision(duo)
        [check] = [row for row in report.checks if row.check == "max_notional_total"]
        assert (check.value, report.status) == (pytest.approx(48_710.0), status)
