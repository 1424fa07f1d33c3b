"""When alerts are told together, by a clock that is moved."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from config.alerts import AlertRules, Grouping
from tasks.alerts import escalation
from tasks.alerts.grouping import Member, due, next_due, standing
from tests.tasks.alerts.rules import NOON, RULES, Afternoon, changed, happenings, one, seconds, symbols, tell


def at(second):
    return NOON + seconds(second)


def test_a_new_group_waits_30_seconds_after_its_first_alert_and_is_told_together():
    members = [one("AAA"), one("BBB", at=20)]
    assert due(members, RULES, at(29.9)) == []
    [group] = due(members, RULES, at(30))
    assert (group.portfolio, group.kind, group.reason) == ("p", "flash_crash", "new")
    assert symbols(group) == ["AAA", "BBB"]
    assert group.fresh == group.members
    assert next_due(members, RULES, NOON) == at(30)


def test_a_critical_alert_that_fires_takes_its_group_with_it_at_once():
    members = [one("AAA"), one("BBB", "critical", at=2)]
    assert [symbols(group) for group in due(members, RULES, at(2))] == [["AAA", "BBB"]]
    looked_after = [one("BBB", "critical", "acknowledged", at=2)]
    assert due(looked_after, RULES, at(2)) == []


def test_portfolios_sessions_and_kinds_are_groups_of_their_own():
    members = [
        one("AAA", portfolio="q"), one("AAA"), one("", kind="market_wide", severity="info"),
        changed(one("CCC"), session=NOON.date() - timedelta(days=1)),
    ]  # fmt: skip
    rules = AlertRules(inhibit=())
    found = [(one.portfolio, one.session.day, one.kind) for one in due(members, rules, at(60))]
    assert found == [
        ("p", 27, "flash_crash"), ("p", 28, "flash_crash"), ("p", 28, "market_wide"), ("q", 28, "flash_crash")
    ]  # fmt: skip


def test_what_comes_later_waits_for_the_interval_but_a_critical_one_does_not():
    _, members = tell([one("AAA")], at(30))
    members.append(one("BBB", at=40))
    assert due(members, RULES, at(329.9)) == []
    [group] = due(members, RULES, at(330))
    assert (group.reason, [fresh.alert.symbol for fresh in group.fresh]) == ("changed", ["BBB"])
    assert symbols(group) == ["AAA", "BBB"]
    worse = [changed(members[0], severity="critical"), members[1]]
    assert [group.reason for group in due(worse, RULES, at(41))] == ["changed"]


def test_what_still_fires_is_told_again_after_four_hours_until_somebody_looks_after_it():
    _, members = tell([one("AAA")], at(30))
    assert next_due(members, RULES, at(31)) == at(30 + 4 * 3600)
    [group] = due(members, RULES, at(30 + 4 * 3600))
    assert (group.reason, group.fresh) == ("repeat", ())
    never = AlertRules(grouping=Grouping(repeat_hours=0))
    assert next_due(members, never, at(31)) is None
    _, known = tell([changed(members[0], state="acknowledged")], at(400))
    assert next_due(known, RULES, at(401)) is None


def test_others_are_called_so_long_after_it_was_told_that_it_is_critical():
    _, [warned] = tell([one("AAA")], at(30))
    assert warned.link.told_at == at(30)
    _, [doubted] = tell([changed(warned, severity="critical", confirmed=False)], at(1100))
    assert doubted.link.told_at == at(30), "what is not confirmed calls nobody"
    _, [critical] = tell([changed(doubted, confirmed=True)], at(1200))
    assert (critical.link.told_at, critical.link.told_last) == (at(1200), at(1200))
    assert escalation.due(critical.link, RULES.escalation, at(1200 + 299)) is None
    called = Member(critical.alert, replace(critical.link, called="deputy"))
    _, [over] = tell([changed(called, state="resolved", resolved_at=at(1700))], at(2000))
    _, [again] = tell([changed(over, state="firing", resolved_at=None)], at(2500))
    assert (again.link.told_at, again.link.called) == (at(2500), None)


def test_what_fired_and_was_over_within_the_wait_is_told_once():
    [group], members = tell([one("AAA", over=20)], at(30))
    assert (group.reason, group.fresh[0].alert.state) == ("new", "resolved")
    assert next_due(members, RULES, at(31)) is None
    graver = changed(members[0], severity="critical", confirmed=False)
    assert next_due([graver], RULES, at(9999)) is None


def test_what_fell_a_second_time_is_told_again():
    _, members = tell([one("AAA", over=20)], at(30))
    again = changed(members[0], state="firing", resolved_at=None)
    [group], members = tell([again], at(400))
    assert group.reason == "changed"
    assert len(tell([changed(members[0], state="resolved", resolved_at=at(500))], at(700))[0]) == 1


def test_silenced_ones_are_left_out_and_told_when_the_silence_is_over():
    silent = one("AAA", muted="silenced by Ada")
    [group], members = tell([silent, one("BBB", at=5)], at(35))
    assert symbols(group) == ["BBB"]
    assert members[0].link.told_at is None
    heard = [one("AAA"), members[1]]
    assert [fresh.alert.symbol for fresh in due(heard, RULES, at(335))[0].fresh] == ["AAA"]


def test_a_group_of_which_what_was_told_is_silenced_keeps_its_interval():
    _, members = tell([one("AAA")], at(30))
    muted = members[0].__class__(members[0].alert, one("AAA", muted="silenced", told_last=at(30)).link)
    assert next_due([muted, one("BBB", at=31)], RULES, at(31)) == at(330)


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (one(), "warning confirmed firing"),
        (
            changed(one("AAA", "critical", "acknowledged"), confirmed=False),
            "critical unconfirmed acknowledged",
        ),
        (one(over=5), "resolved 2024-06-28T16:00:05Z"),
    ],
)
def test_how_an_alert_stands_in_words(alert, words):
    assert standing(alert.alert) == words


def test_nothing_is_due_without_alerts():
    assert (due([], RULES, NOON), next_due([], RULES, NOON)) == ([], None)


@given(happenings())
def test_whatever_happens_it_is_told_in_time_and_once(story):
    afternoon = Afternoon()
    for second, place, fields in story:
        afternoon.to(second)
        named = f"S{place}"
        known = next((one for one in afternoon.members if one.alert.symbol == named), None)
        if fields.get("state") == "resolved":
            fields |= {"resolved_at": at(second)}
        if known is not None and known.alert.state == "acknowledged" and fields.get("severity") == "critical":
            fields |= {"state": "firing"}
        after = changed(known or one(named, at=second), **fields)
        afternoon.members = [one for one in afternoon.members if one is not known] + [after]
        urgent = standing(after.alert) == "critical confirmed firing"
        if urgent and after.link.told_as != standing(after.alert):
            [group] = due(afternoon.members, RULES, at(second))
            assert after in group.fresh
    afternoon.to(20_000)
    _every_rule_was_kept(afternoon.said)
    for member in afternoon.members:
        assert member.link.told_as == standing(member.alert)


def _every_rule_was_kept(said):
    stood, last = {}, None
    for now, group in said:
        urgent = any(standing(one.alert) == "critical confirmed firing" for one in group.fresh)
        gap = None if last is None else (now - last).total_seconds()
        assert group.reason == ("new" if last is None else "changed" if group.fresh else "repeat")
        if last is not None and not urgent:
            assert gap >= (5 * 60 if group.fresh else 4 * 3600)
        if last is None and not urgent:
            assert now >= group.members[0].alert.fired_at + seconds(30)
        for member in group.members:
            before = stood.get(member.alert.symbol)
            assert (member in group.fresh) == (before != standing(member.alert))
            stood[member.alert.symbol] = standing(member.alert)
        last = now
    over = [
        member.alert.symbol for _, group in said for member in group.fresh if member.alert.state == "resolved"
    ]
    assert len(over) == len(set(over))
