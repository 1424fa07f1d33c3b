"""Which alerts have no message of their own, because another one's message stands for them. Pure."""

from collections.abc import Sequence

from config.alerts import AlertRules, Inhibition
from tasks.alerts.member import Member


def inhibited(member: Member, members: Sequence[Member], rules: AlertRules) -> str | None:
    """Why an alert has no message of its own, in words; None where it has one.

    The other alert must last (one that is over counts until then, for what was over by then), and must be
    told itself: one that is silenced stands for nobody. What was told is also told to be over.
    """
    if member.alert.state == "resolved" and member.link.told_at is not None:
        return None
    for rule in rules.inhibit:
        if member.alert.kind in rule.target:
            for other in members:
                if other.alert.kind in rule.source and _stands_for(other, member, rule):
                    what = other.alert.kind.replace("_", " ")
                    of = f" of {other.alert.symbol}" if other.alert.symbol else ""
                    return f"told with the {what}{of} on {other.alert.session}"
    return None


def _stands_for(other: Member, member: Member, rule: Inhibition) -> bool:
    return (
        other.alert.fingerprint != member.alert.fingerprint
        and not other.link.muted
        and _lasts(other, member)
        and all(_same(other.label(label), member.label(label)) for label in rule.equal)
    )


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _lasts(other: Member, member: Member) -> bool:
    """Whether the other alert lasts; of an alert that is over: whether it did at its end."""
    if other.alert.resolved_at is None:
        return member.alert.resolved_at is None or other.alert.fired_at <= member.alert.resolved_at
    return member.alert.resolved_at is not None and (
        other.alert.fired_at <= member.alert.resolved_at <= other.alert.resolved_at
    )
