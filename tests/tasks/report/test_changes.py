"""What has changed since the last message."""

import pytest

from tasks.report.digest import digest
from tasks.report.model import Previous, PreviousOrder
from tests.tasks.notifiers.reports import report, trade

SPY = PreviousOrder("SPY", "SELL", 120.0, 188.33)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([SPY], [trade()], ["The same orders."]),
        ([], [trade()], ["New: SELL SPY."]),
        ([SPY], [], ["No longer: SELL SPY."]),
        ([SPY], [trade(status="held", held_because="stale")], ["No longer: SELL SPY."]),
        ([SPY], [trade(quantity=140.0)], ["Changed: SELL SPY 120 → 140."]),
        ([SPY], [trade(limit_price=190.0)], ["Changed: the limit of 1."]),
        ([SPY], [trade(side="BUY")], ["New: BUY SPY.", "No longer: SELL SPY."]),
        ([], [], []),
    ],
)
def test_a_message_says_what_is_new_gone_or_other(before, now, said):
    told = Previous(session="2015-08-21", orders=before)
    parts = {part.name: part for part in digest(report(trades=now, previous=told)).parts}
    found = [note.text for note in parts["changes"].rows] if "changes" in parts else []
    assert found == said
    assert not found or parts["changes"].caption == "Since the message of 2015-08-21"


def test_the_first_message_has_nothing_to_compare_with():
    assert not [part for part in digest(report(trades=[trade()])).parts if part.name == "changes"]
