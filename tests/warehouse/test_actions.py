"""Versions of splits and distributions: restated, retracted, and the noise of derived ones."""

from datetime import date, timedelta

import pytest

from tests.warehouse.deliveries import DAY, NOW, SOURCE, action, bar, deliver, rows

FIRST, EX = date(2015, 8, 20), date(2015, 8, 21)
BARS = [bar(100.0, session=day) for day in (FIRST, EX, DAY)]


def send(warehouse, *actions, bars=BARS, rejected=()):
    """Deliver, under a batch of its own; when it became known."""
    number = rows(warehouse, "select count(*) from batches")[0][0]
    now = NOW + timedelta(hours=number)
    merged = deliver(warehouse, bars, batch_id=str(number), now=now, actions=actions, rejected=rejected)
    return merged.known_from


def known(warehouse, instant):
    return rows(
        warehouse,
        "select kind, ex_date, value from actions_asof($2) where source = $1 order by all",
        SOURCE,
        instant.replace(tzinfo=None),
    )


def test_an_action_is_known_from_its_delivery_on(warehouse):
    first = send(warehouse)
    second = send(warehouse, action(0.5, ex_date=EX), action(2.0, "split"))
    assert known(warehouse, first) == []
    assert known(warehouse, second) == [("dividend", EX, 0.5), ("split", DAY, 2.0)]


def test_restated_and_retracted(warehouse):
    instants = [
        send(warehouse, action(0.5, ex_date=EX)),
        send(warehouse, action(0.6, ex_date=EX)),
        send(warehouse),
        send(warehouse, action(0.5, ex_date=EX)),
    ]
    assert [[value for _, _, value in known(warehouse, instant)] for instant in instants] == [
        [0.5], [0.6], [], [0.5],
    ]  # fmt: skip


def test_the_same_again_is_no_new_version(warehouse):
    for _ in range(3):
        send(warehouse, action(0.5, ex_date=EX))
    assert rows(warehouse, "select count(*) from actions") == [(1,)]


def test_kinds_on_one_day_are_different_actions(warehouse):
    send(warehouse, action(0.5, ex_date=EX), action(2.0, "split", ex_date=EX))
    last = send(warehouse, action(0.5, ex_date=EX), action(0.1, "capital_gain", ex_date=EX))
    assert known(warehouse, last) == [("capital_gain", EX, 0.1), ("dividend", EX, 0.5)]


@pytest.mark.parametrize("bars", [BARS[2:], [], [bar(50.0, "AGG", session=day) for day in (FIRST, DAY)]])
def test_a_delivery_does_not_retract_what_it_does_not_speak_for(warehouse, bars):
    send(warehouse, action(0.5, ex_date=EX))
    assert known(warehouse, send(warehouse, bars=bars)) == [("dividend", EX, 0.5)]


def test_nothing_is_retracted_on_the_first_day_of_a_delivery(warehouse):
    """A derived distribution needs the close before: the first bar has none."""
    send(warehouse, action(0.5, ex_date=EX, derived=True))
    assert known(warehouse, send(warehouse, bars=BARS[1:])) == [("dividend", EX, 0.5)]


def test_an_action_after_the_last_bar_is_kept(warehouse):
    send(warehouse, action(0.5))
    assert known(warehouse, send(warehouse, bars=BARS[:2])) == [("dividend", DAY, 0.5)]


@pytest.mark.parametrize(
    ("old", "new", "derived", "restated"),
    [
        (0.5, 0.5001, True, False),  # 1e-4 of a close of 100 is within 2e-6 × 100
        (0.5, 0.5003, True, True),
        (0.5, 0.5001, False, True),  # a reported dividend has no such noise
    ],
)
def test_a_derived_distribution_carries_the_noise_of_its_closes(warehouse, old, new, derived, restated):
    send(warehouse, action(old, ex_date=EX, derived=derived))
    last = send(warehouse, action(new, ex_date=EX, derived=derived))
    assert known(warehouse, last) == [("dividend", EX, new if restated else old)]


def test_a_rejected_action_says_nothing(warehouse):
    send(warehouse, action(0.5, ex_date=EX))
    last = send(
        warehouse,
        action(-1.0, ex_date=EX),
        action(0.0, "split"),
        rejected=[("actions", 0, "positive", -1.0), ("actions", 1, "positive", 0.0)],
    )
    assert known(warehouse, last) == [("dividend", EX, 0.5)]
    assert rows(warehouse, "select table_name, session, value, close from quarantine order by session") == [
        ("actions", EX, -1.0, None), ("actions", DAY, 0.0, None),
    ]  # fmt: skip


def test_a_gain_that_was_counted_twice_is_counted_once_from_the_next_delivery_on(warehouse):
    """First the dividend contains the gain, then it is told without it, then the vendor drops the gain."""
    whole, rest, gain = action(2.0, ex_date=EX), action(0.5, ex_date=EX), (1.5, "capital_gain")
    instants = [
        send(warehouse, whole, action(*gain, ex_date=EX)),
        send(warehouse, rest, action(*gain, ex_date=EX)),
        send(warehouse, whole),
    ]
    paid = [sum(value for _, _, value in known(warehouse, instant)) for instant in instants]
    assert paid == [3.5, 2.0, 2.0]
