"""Decisions of the people whom a portfolio file lists: SELL 205 AAA, BUY 192 BBB, BUY 733 CCC."""

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.decisions import overrides
from tasks.orders.recommendations import of_run
from tasks.outbox.halted import switch
from tasks.record.replay import replay
from tests.tasks.importing import decide, entries, take

ADA = '[[person]]\nname = "Ada Byron"\nslack = "U0123ABCD"\n'
BOB = '[[person]]\nname = "Bob Noyce"\nslack = "U0456EFGH"\n'
CY = '[[person]]\nname = "Cy"\nmay = ["override"]\n'
SLACK_ADA = Actor("slack", "U0123ABCD", "whoever")


def people(day, tables, head=""):
    """The portfolio file with these people from now on."""
    file = day[0].folder / "trio.toml"
    text = file.read_text()
    kept = text.split("[[person]]")[0].replace("approvals = 2\n", "")
    file.write_text(head + kept + tables)


def stands(day):
    desk, run_id = day
    with desk.visit() as db:
        return {one.symbol: one for one in of_run(db, run_id, desk.now)}


def test_one_of_the_people_decides_by_name_or_from_slack(day):
    people(day, ADA + CY)
    decide(day, "approved", "AAA", by=" ada byron")
    decide(day, "approved", "BBB", by=SLACK_ADA, key="click-1")
    assert [one.payload["actor"] for one in entries(day)[-2:]] == [
        {"kind": "typed", "id": "Ada Byron"}, {"kind": "slack", "id": "U0123ABCD"},
    ]  # fmt: skip
    assert [one.payload["by"] for one in entries(day)[-2:]] == ["Ada Byron", "Ada Byron"]
    assert entries(day)[-1].payload["key"] == "click-1"


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("Dora", "'Dora' is not among the people of portfolio 'trio': Ada Byron can."),
        ("Cy", "Cy may not decide on trades of portfolio 'trio': Ada Byron can."),
        (Actor("slack", "U0999ZZZZ", "ada"), "you are not among the people of portfolio 'trio'"),
    ],
)
def test_nobody_else_does(day, by, sentence):
    people(day, ADA + CY)
    before = entries(day)
    with pytest.raises(InputError, match=sentence):
        decide(day, "approved", by=by)
    assert entries(day) == before


@pytest.mark.parametrize("portfolio", ["trio", "all"])
def test_who_may_not_override_disables_and_enables_nothing(day, portfolio):
    people(day, ADA + BOB.replace("[[person]]", '[[person]]\nmay = ["approve"]') + CY)
    context, before = day[0].context(), entries(day)
    for by, sentence in (
        ("Dora", "'Dora' is not among the people"),
        ("Bob Noyce", "Bob Noyce may not override"),
    ):
        with pytest.raises(InputError, match=sentence):
            switch(context, portfolio, "disabled", Actor.typed(by), "a doubt")
    assert entries(day) == before
    done, _ = switch(context, portfolio, "disabled", Actor.typed("cy"), "a doubt")
    assert done.by == "Cy"


def test_nobody_decides_from_slack_where_no_people_are_listed(day):
    with pytest.raises(InputError, match="lists no people, so nobody can decide on trades from Slack"):
        decide(day, "approved", by=SLACK_ADA)
    decide(day, "approved", by="anybody")


def test_two_people_approve_and_the_lower_quantity_counts(day):
    people(day, ADA + BOB, "approvals = 2\n")
    decide(day, "approved", "AAA", by=SLACK_ADA, quantities={"AAA": 100.0, "BBB": 50.0})
    assert {name: one.state for name, one in stands(day).items()} == dict.fromkeys(
        ("AAA", "BBB", "CCC"), "proposed"
    )
    for same in (SLACK_ADA, "Ada Byron"):
        before = entries(day)
        with pytest.raises(InputError, match=r"Ada Byron has approved SELL AAA .* a second person"):
            decide(day, "approved", "AAA", by=same)
        assert entries(day) == before
    decide(day, "approved", "AAA", by="Bob Noyce")
    found = stands(day)
    assert [(one.state, one.allowed) for one in found.values()] == [
        ("approved", 100.0), ("proposed", 50.0), ("proposed", 733.0),
    ]  # fmt: skip
    assert [one.by for one in found["AAA"].approvals] == ["Ada Byron", "Bob Noyce"]
    assert entries(day)[1].payload | {"state": "approved_once", "quantity": "100"} == entries(day)[1].payload
    with pytest.raises(InputError, match="recommends 205, of which 100 were approved"):
        take(day, "RUN,AAA,SELL,101,99.8,,,")
    take(day, "RUN,AAA,SELL,100,99.8,,,")
    assert replay(day[0].context(), day[1]).difference is None


def test_two_approvals_hold_for_a_run_of_before_and_are_not_lowered(day):
    people(day, ADA + BOB, "approvals = 2\n")
    decide(day, "approved", "AAA", by="Ada Byron")
    assert stands(day)["AAA"].state == "proposed"


def test_who_was_taken_out_of_the_file_decides_no_more(day):
    people(day, ADA + BOB)
    decide(day, "approved", "AAA", by=SLACK_ADA)
    people(day, BOB)
    with pytest.raises(InputError, match="you are not among the people"):
        decide(day, "approved", "BBB", by=SLACK_ADA)


def test_a_key_counts_once(day):
    people(day, ADA)
    decide(day, "approved", "AAA", by=SLACK_ADA, key="click-1")
    before = entries(day)
    with pytest.raises(InputError, match="counted already: Ada Byron approved AAA on 2024-06-28"):
        decide(day, "rejected", "BBB", by=SLACK_ADA, key="click-1")
    assert entries(day) == before


def test_nothing_is_approved_while_the_portfolio_is_halted(day):
    switch(day[0].context(), "trio", "disabled", Actor.typed("Ada"), "the custodian is changed")
    with pytest.raises(InputError, match=r"the custodian is changed .* nothing can be approved"):
        decide(day, "approved", "AAA")
    decide(day, "rejected", "BBB")
    switch(day[0].context(), "trio", "enabled", Actor.typed("Ada"), "done")
    decide(day, "approved", "AAA")
    (day[0].home / "KILL").write_text("a war")
    with pytest.raises(InputError, match="the kill switch is on: a war"):
        decide(day, "approved", "CCC")


def test_an_order_with_fills_is_decided_on_no_more(day):
    people(day, ADA)
    take(day, "RUN,AAA,SELL,100,99.8,,,")
    with pytest.raises(InputError, match=r"AAA of run .* is executed by Bob"):
        decide(day, "approved", "AAA", by=SLACK_ADA)
    decide(day, "approved", by=SLACK_ADA)
    assert {name: one.state for name, one in stands(day).items()} == {
        "AAA": "executed", "BBB": "approved", "CCC": "approved",
    }  # fmt: skip


def test_an_override_needs_two_of_the_people_who_may(day):
    people(day, ADA.replace("slack", 'may = ["approve"]\nslack') + BOB + CY)
    context = day[0].context()
    asked = ("trio", "max_order_value", None)
    with pytest.raises(InputError, match=r"Ada Byron may not override checks of .*: Bob Noyce, Cy can"):
        overrides.request(context, *asked, Actor.typed("Ada Byron"), "a block", "2024-06-29")
    one = overrides.request(context, *asked, Actor.typed("cy"), "a block", "2024-06-29")
    with pytest.raises(InputError, match="a second person"):
        overrides.approve(context, one.id, Actor.typed("Cy"))
    assert overrides.approve(context, one.id, Actor.typed("Bob Noyce")).approved_by == "Bob Noyce"
