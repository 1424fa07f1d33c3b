"""Which channels are told, by portfolio, severity and time of day."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.alerts import AlertRules, Route
from tasks.alerts.routing import routed
from tasks.notifiers import Channel
from tests.tasks.alerts.rules import NOON

DESK, RISK = Channel("slack", "#desk", "."), Channel("email", "risk@example.org", ".")
HOOK = Channel("webhook", "pager#1a2b3c4d", ".")
ALL = [DESK, RISK, HOOK]


def route(*channel, **keys):
    return Route(**{"channel": channel, **{key.strip("_"): value for key, value in keys.items()}})


def told(*routes, portfolio="core", severity="warning", now=NOON, channels=ALL):
    found = routed(channels, portfolio, severity, now, AlertRules(route=routes))
    return [one.name.split("#1a")[0] for one in found]


EVERYONE = ["#desk", "risk@example.org", "pager"]


def test_without_a_route_every_channel_of_the_portfolio_is_told():
    assert told() == EVERYONE
    assert told(route("#desk", portfolio="other")) == EVERYONE
    assert told(route("#desk", severity="critical")) == EVERYONE


def test_the_first_route_that_fits_says_which():
    by_severity = [route("pager", severity="critical"), route("#desk", portfolio=["core", "x"])]
    assert told(*by_severity, severity="critical") == ["pager"]
    assert told(*by_severity) == ["#desk"]
    assert told(*by_severity, portfolio="y") == EVERYONE
    assert told(route("email:risk@example.org", "#desk")) == ["#desk", "risk@example.org"]


def test_a_route_to_channels_that_the_portfolio_has_not_leaves_all_of_them():
    assert told(route("#dsek")) == EVERYONE
    assert told(route("#dsek", "pager")) == ["pager"]


@pytest.mark.parametrize(
    ("begins", "ends", "utc", "fits"),
    [
        ("09:30", "16:00", "13:30", True), ("09:30", "16:00", "13:29", False),
        ("09:30", "16:00", "19:59", True), ("09:30", "16:00", "20:00", False),
        ("18:00", "08:00", "22:00", True), ("18:00", "08:00", "03:00", True),
        ("18:00", "08:00", "12:00", False), ("18:00", "08:00", "21:59", False),
        ("17:00", "00:00", "03:59", True), ("17:00", "00:00", "04:00", False),
    ],
)  # fmt: skip
def test_hours_are_those_of_the_named_zone_and_may_last_over_midnight(begins, ends, utc, fits):
    now = datetime.fromisoformat(f"2024-06-28T{utc}:00+00:00")
    night = route("pager", from_=begins, to_=ends, timezone="America/New_York")
    assert (told(night, now=now) == ["pager"]) == fits


def test_an_hour_of_the_zone_moves_with_its_summer_time():
    morning = route("pager", from_="08:00", to_="09:00", timezone="Europe/London")
    assert told(morning, now=datetime(2024, 1, 15, 8, 30, tzinfo=UTC)) == ["pager"]
    assert told(morning, now=datetime(2024, 7, 15, 8, 30, tzinfo=UTC)) == EVERYONE


names = st.sampled_from(["#desk", "pager", "#none"])
routes = st.builds(
    lambda channel, severity, portfolio: Route(channel=channel, severity=severity, portfolio=portfolio),
    st.lists(names, min_size=1, max_size=2),
    st.sampled_from(["info", "warning", "critical"]),
    st.none() | st.sampled_from(["core", "other"]),
)


@given(st.lists(routes, max_size=3), st.sampled_from(["info", "warning", "critical"]))
def test_an_alert_is_never_told_nowhere_and_never_by_a_channel_of_others(some, severity):
    found = routed([DESK, HOOK], "core", severity, NOON, AlertRules(route=some))
    assert found
    assert [one for one in (DESK, HOOK) if one in found] == found
