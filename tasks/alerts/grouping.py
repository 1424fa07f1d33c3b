"""What of alerts is to be told now: those of a portfolio, session and kind are one message. Pure.

A confirmed critical alert that fires waits for nobody; others wait a little, so that what happens together is
told together. Nothing is told twice while it stands as it was told, but for the repetition of what fires.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from config.alerts import AlertRules, Grouping
from tasks.alerts.inhibition import inhibited
from tasks.alerts.member import Member
from warehouse.tables.alerts import AlertPortfolio, AlertState

__all__ = ["Group", "Member", "as_told", "due", "gravity", "next_due", "standing", "told"]

Reason = Literal["new", "changed", "repeat"]


@dataclass(frozen=True)
class Group:
    """One message: `members` are all that are neither silenced nor inhibited, the first that fired first.

    `fresh` are those that were never told or stand differently since. `reason`: the group was never told, has
    something fresh, or is repeated.
    """

    portfolio: str
    session: date
    kind: str
    members: tuple[Member, ...]
    fresh: tuple[Member, ...]
    reason: Reason


def due(members: Sequence[Member], rules: AlertRules, now: datetime) -> list[Group]:
    """The groups that are to be told by `now` (aware), in the order of portfolio, session and kind.

    `members` are all alerts among which groups and inhibitions are looked for: silenced ones too.
    """
    return [group for group, at in _planned(members, rules, now) if at <= now]


def next_due(members: Sequence[Member], rules: AlertRules, now: datetime) -> datetime | None:
    """From when on `due` has something if nothing changes, `now` at the earliest; None: never."""
    return max(now, min(times)) if (times := [at for _, at in _planned(members, rules, now)]) else None


def told(group: Group, now: datetime) -> list[AlertPortfolio]:
    """How its portfolio stands to a group's alerts when they have been told at `now`."""
    return [as_told(one.link, one.alert, now) for one in group.members]


def as_told(link: AlertPortfolio, alert: AlertState, now: datetime) -> AlertPortfolio:
    """How a portfolio stands to an alert that has been told at `now`.

    From when it is told that it is critical and fires, people have time before others are called: `told_at`
    is then, and nobody counts as called before.
    """
    said, link = standing(alert), replace(link, told_at=link.told_at or now, told_last=now)
    if _calls(said) and not _calls(link.told_as or ""):
        link = replace(link, told_at=now, called=None)
    return replace(link, told_as=said)


def _calls(told_as: str) -> bool:
    """Whether others are called to an alert that was told so, unless somebody acknowledges it."""
    return told_as == "critical confirmed firing"


def standing(alert: AlertState) -> str:
    """How an alert stands, as far as a change of it is told: one that is over does not change any more."""
    if alert.state == "resolved":
        at = alert.resolved_at.astimezone(UTC) if alert.resolved_at else None
        return f"resolved {at:%Y-%m-%dT%H:%M:%SZ}" if at else "resolved"
    return f"{gravity(alert)} {alert.state}"


def gravity(alert: AlertState) -> str:
    """How grave an alert is and how sure: what `standing` begins with, of one that is not over."""
    return f"{alert.severity} {'confirmed' if alert.confirmed else 'unconfirmed'}"


def _planned(members: Sequence[Member], rules: AlertRules, now: datetime) -> Iterator[tuple[Group, datetime]]:
    """Each group that is ever told again, and when."""
    grouped = defaultdict[tuple[str, date, str], list[Member]](list)
    for one in members:
        grouped[one.link.portfolio, one.alert.session, one.alert.kind].append(one)
    kinds = {kind for rule in rules.inhibit for kind in rule.source}
    others = [one for one in members if one.alert.kind in kinds]  # of thousands, those that can inhibit
    for key, every in sorted(grouped.items()):
        seen = sorted(
            (one for one in every if not one.link.muted and not inhibited(one, others, rules)),
            key=lambda one: (one.alert.fired_at, one.alert.symbol),
        )
        fresh = tuple(one for one in seen if one.link.told_as != standing(one.alert))
        last = max((one.link.told_last for one in every if one.link.told_last), default=None)
        at = _when(seen, fresh, last, rules.grouping, now)
        if at is not None:
            reason: Reason = "repeat" if not fresh else "changed" if last else "new"
            yield Group(*key, tuple(seen), fresh, reason), at


def _when(
    seen: Sequence[Member],
    fresh: Sequence[Member],
    last: datetime | None,
    rules: Grouping,
    now: datetime,
) -> datetime | None:
    """When a group is told; `last` is when it was told last, None: never."""
    if any(_calls(standing(one.alert)) for one in fresh):
        return now
    if fresh and last is None:
        return seen[0].alert.fired_at + timedelta(seconds=rules.wait_seconds)
    if last is None:
        return None
    if fresh:
        return last + timedelta(minutes=rules.interval_minutes)
    if rules.repeat_hours and any(one.alert.state == "firing" for one in seen):
        return last + timedelta(hours=rules.repeat_hours)
    return None
