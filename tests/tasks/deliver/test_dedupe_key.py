"""Two notices are the same when they say the same."""

import hashlib

import pytest

from tasks.outbox.prepare import dedupe_key
from tests.tasks.notifiers.reports import alert, check, eventful, report, trade


def test_the_key_is_the_digest_of_what_is_said():
    subject = report(
        trades=[trade()], checks=[check("max_weight", "block", scope="SPY")], alerts=[alert(kind="dip")]
    )
    said = (
        '["slack:#c", "core", "2015-08-24", "digest", [["SPY", "SELL", 120.0, 188.33, "proposed"]], '
        '[["max_weight", "SPY", "a limit of the portfolio file"]], [["dip", "SPY", "critical", true]]]'
    )
    assert dedupe_key("slack:#c", subject, "digest") == hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {"run_id": "another"},
        {"known_at": "2015-08-25T01:00:00+00:00"},
        {"url": "http://127.0.0.1/x"},
        {"value": 1.0, "cash": 2.0},
        {"historical": False},
        {
            "trades": [
                row.model_copy(update={"weight_before": 0.5, "reason": "x"}) for row in eventful().trades
            ]
        },
        {"trades": eventful().trades[::-1]},
    ],
)
def test_what_is_not_said_does_not_change_the_key(changed):
    other = eventful().model_copy(update=changed)
    assert dedupe_key("c", other, "digest") == dedupe_key("c", eventful(), "digest")


@pytest.mark.parametrize(
    "changed",
    [
        {"portfolio": "other"},
        {"session": "2015-08-25"},
        {"trades": eventful().trades[:1]},
        {"trades": [trade(quantity=121.0)]},
        {"trades": [trade(limit_price=188.34)]},
        {"checks": [check("var_95", "block")]},
        {"alerts": [alert(confirmed=False)]},
    ],
)
def test_what_is_said_changes_the_key(changed):
    other = eventful().model_copy(update=changed)
    assert dedupe_key("c", other, "digest") != dedupe_key("c", eventful(), "digest")
    assert dedupe_key("c", other, "digest") != dedupe_key("d", other, "digest")


def test_an_alert_is_the_same_before_and_after_the_trades_are_known():
    before = eventful().model_copy(update={"trades": [], "checks": []})
    assert dedupe_key("c", before, "alert") == dedupe_key("c", eventful(), "alert")
    assert dedupe_key("c", before, "alert") != dedupe_key("c", before, "digest")
