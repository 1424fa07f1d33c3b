"""What has no message of its own while the whole market falls."""

import pytest

from config.alerts import AlertRules, Inhibition
from tasks.alerts.grouping import due
from tasks.alerts.inhibition import inhibited
from tests.tasks.alerts.rules import NOON, RULES, changed, one, seconds, symbols

MARKET = one("", "critical", kind="market_wide")


def why(member, *others, rules=RULES):
    return inhibited(member, [member, *others], rules)


def test_a_fall_of_the_market_stands_for_single_names_also_for_critical_ones():
    alone = one("AAA", "critical", at=5)
    assert why(alone, MARKET) == "told with the market wide on 2024-06-28"
    assert why(alone) is None
    assert why(MARKET, alone) is None
    [group] = due([alone, MARKET], RULES, NOON + seconds(60))
    assert (group.kind, symbols(group)) == ("market_wide", [""])


def test_it_stands_for_those_of_its_portfolio_and_session_only():
    assert why(one("AAA", portfolio="q"), MARKET) is None
    assert why(changed(one("AAA"), session=NOON.date().replace(day=27)), MARKET) is None


def test_when_it_is_over_what_still_falls_is_told_and_what_ended_before_is_not():
    over = one("", "critical", kind="market_wide", over=600)
    assert why(one("AAA"), over) is None
    assert why(one("AAA", over=599), over) is not None
    assert why(one("AAA", over=600), over) is not None
    assert why(one("AAA", over=601), over) is None
    assert why(one("AAA", at=-300, over=-1), over) is None
    assert why(one("AAA", at=-300, over=-1), MARKET) is None


def test_what_was_told_on_its_own_is_also_told_to_be_over():
    assert why(one("AAA", over=60, told_at=NOON), MARKET) is None


def test_a_silenced_fall_of_the_market_stands_for_nobody_and_an_acknowledged_one_does():
    assert why(one("AAA"), one("", kind="market_wide", muted="silenced by Ada")) is None
    assert why(one("AAA"), one("", "critical", "acknowledged", kind="market_wide")) is not None


def test_a_label_that_both_lack_is_not_equal():
    rules = AlertRules(inhibit=(Inhibition(source=("stale",), target=("drift",), equal=("symbol",)),))
    assert why(one("AAA", kind="drift"), one("AAA", kind="stale"), rules=rules) is not None
    assert why(one("AAA", kind="drift"), one("BBB", kind="stale"), rules=rules) is None
    assert why(one("", kind="drift"), one("", kind="stale"), rules=rules) is None


def test_no_alert_inhibits_itself_and_a_file_may_have_no_rule():
    own = AlertRules(inhibit=(Inhibition(source=("market_wide",), target=("market_wide",)),))
    assert why(MARKET, rules=own) is None
    assert why(one("AAA"), MARKET, rules=AlertRules(inhibit=())) is None


@pytest.mark.parametrize("severity", ["info", "warning", "critical"])
def test_after_the_market_recovers_a_single_name_is_told_by_the_rules_of_its_group(severity):
    members = [one("AAA", severity, at=5), one("", "critical", kind="market_wide", over=600, told_at=NOON)]
    assert "flash_crash" in [group.kind for group in due(members, RULES, NOON + seconds(601))]
