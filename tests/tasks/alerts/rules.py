"""Alerts of one afternoon as the rules see them, made up, and a clock that tests move."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from config.alerts import AlertRules
from tasks.alerts.grouping import Group, Member, due, next_due, told
from warehouse.tables.alerts import AlertPortfolio, AlertState

NOON = datetime(2024, 6, 28, 16, tzinfo=UTC)
DAY = date(2024, 6, 28)
RULES = AlertRules()


def seconds(number):
    return timedelta(seconds=number)


def one(symbol="AAA", severity="warning", state="firing", *, kind="flash_crash", at=0.0, over=None, **link):
    """An alert that fired `at` seconds after noon and was over `over` seconds after it, for portfolio p."""
    resolved = NOON + seconds(over) if over is not None else None
    alert = AlertState(
        f"{kind}{symbol}", kind, symbol, DAY, "noon", severity, "resolved" if resolved else state, True,
        "fell", -0.1, 0.1, None, [], NOON + seconds(at), resolved_at=resolved,
    )  # fmt: skip
    return Member(alert, AlertPortfolio(alert.fingerprint, **{"portfolio": "p", "run_id": None} | link))


def changed(member, **fields):
    return Member(replace(member.alert, **fields), member.link)


def tell(members, now, rules=RULES) -> tuple[list[Group], list[Member]]:
    """What is told by `now`, and the members as they stand after it."""
    groups = due(members, rules, now)
    stored = {
        (link.fingerprint, link.portfolio): link for group in groups for link in told(group, now)
    }  # fmt: skip
    return groups, [
        Member(one.alert, stored.get((one.link.fingerprint, one.link.portfolio), one.link)) for one in members
    ]


def symbols(group):
    return [one.alert.symbol for one in group.members]


class Afternoon:
    """Alerts that change by a clock of seconds since noon; what was told stands in `said`."""

    def __init__(self, rules=RULES):
        self.rules, self.members, self.said, self.now = rules, [], [], NOON

    def to(self, second):
        """Move the clock; on the way everything is told as soon as it is due."""
        end = NOON + seconds(second)
        for _ in range(500):
            at = next_due(self.members, self.rules, self.now)
            if at is None or at > end:
                break
            assert due(self.members, self.rules, at - seconds(0.001)) == [] or at == self.now
            groups, self.members = tell(self.members, at, self.rules)
            assert groups
            self.said += [(at, group) for group in groups]
            self.now = at
        else:
            raise AssertionError("told without end")
        self.now = end


severities = st.sampled_from(["info", "warning", "critical"])


@st.composite
def happenings(draw):
    """Changes of a few alerts in the order of time: (second, place, fields), the first of each fires it."""
    found = []
    for place in range(draw(st.integers(1, 4))):
        fired = draw(st.integers(0, 2000))
        found.append((fired, place, {"severity": draw(severities), "confirmed": draw(st.booleans())}))
        if draw(st.booleans()):
            found.append((fired + draw(st.integers(1, 1000)), place, {"severity": "critical"}))
        if draw(st.booleans()):
            found.append((fired + draw(st.integers(1, 1000)), place, {"confirmed": True}))
        if draw(st.booleans()):
            found.append((fired + draw(st.integers(1001, 1500)), place, {"state": "acknowledged"}))
        if draw(st.booleans()):
            found.append((fired + draw(st.integers(1501, 3000)), place, {"state": "resolved"}))
    return sorted(found, key=lambda one: one[0])
