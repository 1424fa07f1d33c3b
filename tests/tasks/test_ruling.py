"""What a decision means, by the one rule of the command line and of Slack."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from quant.people import Actor, Identity
from tasks.decisions.ruling import Situation, Wish, rule
from tasks.orders.recommendations import Approval, Recommendation

NOW = datetime(2024, 6, 28, 22, 30, tzinfo=UTC)
ADA, BOB = Actor("slack", "U01", "Ada"), Actor("slack", "U02", "Bob")
SPY = Recommendation("r1", "SPY", "BUY", 100.0, 50.0, NOW, "proposed", 0.0, None, None, None)
TLT = replace(SPY, symbol="TLT", side="SELL", quantity=40.0)
FOUND = Situation("r1", [SPY, TLT])


def approved_by(one, by, quantity=None):
    return replace(one, approvals=(Approval(by.name, Identity(by.kind, by.id), NOW, quantity),))


def ended(state, by="run r2"):
    return Situation("r1", [replace(SPY, state=state, by=by, at=NOW, reason="because")])


def test_all_that_are_open_are_approved():
    assert rule(Wish("approved", ADA), FOUND).entries == {"SPY": "approved", "TLT": "approved"}
    half = replace(FOUND, orders=[replace(SPY, state="rejected", by="Bob", at=NOW), TLT])
    assert rule(Wish("approved", ADA), half).entries == {"TLT": "approved"}


def test_where_two_are_needed_the_first_leaves_it_open():
    two = replace(FOUND, orders=[SPY, approved_by(TLT, BOB)], needed=2)
    assert rule(Wish("approved", ADA), two).entries == {"SPY": "approved_once", "TLT": "approved"}
    assert rule(Wish("rejected", ADA, reason="no"), two).entries == {"SPY": "rejected", "TLT": "rejected"}


@pytest.mark.parametrize("by", [BOB, Actor("slack", "U02", "Robert"), Actor.typed("BOB")])
def test_the_same_person_does_not_approve_twice(by):
    two = replace(FOUND, orders=[approved_by(TLT, BOB)], needed=2)
    assert "a second person must approve it" in (rule(Wish("approved", by), two).refusal or "")


def test_of_two_quantities_the_lower_counts():
    assert approved_by(SPY, ADA, 60.0).allowed == 60
    both = replace(approved_by(SPY, ADA, 60.0), approvals=(*approved_by(SPY, ADA, 60.0).approvals,
                                                           *approved_by(SPY, BOB).approvals))  # fmt: skip
    assert both.allowed == 60


@pytest.mark.parametrize(
    ("quantity", "lot", "sentence"),
    [
        (0.0, 1.0, "more than 0 and at most 100 can be approved"),
        (101.0, 1.0, "more than 0 and at most 100 can be approved"),
        (float("nan"), 1.0, "more than 0 and at most 100 can be approved"),
        (10.5, 1.0, "10.5 shares are no multiple of 1, the portfolio's lot"),
        (15.0, 10.0, "no multiple of 10"),
        (10.5, 0.0, None),
        (100.0, 30.0, None),  # the order itself, which sells all of a holding
        (60.0, 30.0, None),
    ],
)
def test_a_quantity_may_be_lowered_by_whole_lots(quantity, lot, sentence):
    ruling = rule(Wish("approved", ADA, quantities={"SPY": quantity}), replace(FOUND, lot=lot))
    assert ruling.refusal is None if sentence is None else sentence in (ruling.refusal or "")
    assert ruling.entries == ({} if sentence else {"SPY": "approved"})


@pytest.mark.parametrize(
    ("wish", "found", "sentence"),
    [
        (Wish("approved", ADA), ended("superseded"), "was replaced by run r2 on 2024-06-28"),
        (Wish("approved", ADA), ended("withdrawn"), "is withdrawn: because"),
        (Wish("approved", ADA), ended("executed", "Bob"), "is executed by Bob"),
        (Wish("approved", ADA), ended("approved", "Bob"), "is approved by Bob"),
        (Wish("rejected", ADA, reason="no"), ended("rejected", "Bob"), "is rejected by Bob"),
        (Wish("approved", ADA), replace(FOUND, halted="'trio' is disabled"), "nothing can be approved"),
        (Wish("approved", ADA), Situation("r1", []), "recommends nothing"),
        (Wish("approved", ADA, ["GLD"]), FOUND, "does not recommend GLD; it recommends SPY, TLT"),
        (Wish("approved", ADA, quantities={"SPY": 1.0}), replace(FOUND, accounts=True), "approved whole"),
        (Wish("approved", ADA, key="k"), replace(FOUND, keys={"k": "Ada approved SPY"}), "counted already"),
    ],
)
def test_what_cannot_be_changes_nothing(wish, found, sentence):
    ruling = rule(wish, found)
    assert sentence in (ruling.refusal or "")
    assert ruling.entries == {}


def test_what_has_expired_is_entered_once():
    late = Situation("r1", [replace(SPY, state="expired")])
    ruling = rule(Wish("approved", ADA), late)
    assert (ruling.entries, "expired at" in (ruling.refusal or "")) == ({"SPY": "expired"}, True)
    seen = Situation("r1", [replace(SPY, state="expired", at=NOW, by="Ada")])
    assert rule(Wish("approved", ADA), seen).entries == {}


def test_an_approved_order_can_still_be_rejected_while_halted():
    found = replace(ended("approved", "Bob"), halted="'trio' is disabled")
    assert rule(Wish("rejected", ADA, reason="no"), found).entries == {"SPY": "rejected"}
