"""Whether to rebalance: every trigger with its number, the expression that joins them, and the cooldown."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import nan
from types import ModuleType

from quant import triggers
from quant.book.book import Book
from quant.book.drift import Drift
from quant.plugins import named
from quant.policy.policy import Policy
from quant.policy.when import parse
from quant.triggers import Evaluated, Past, Situation


@dataclass(frozen=True)
class Verdict:
    """Every rule, fired or not, and what they come to.

    `fired` holds those that fired and that `when` names; it is empty unless `rebalance`.
    """

    rules: tuple[Evaluated, ...]
    fired: tuple[Evaluated, ...]

    @property
    def rebalance(self) -> bool:
        """Whether to rebalance."""
        return bool(self.fired)


def judge(
    book: Book,
    policy: Policy,
    drifts: Sequence[Drift],
    calendar_due: bool,
    past: Past,
    ignored: frozenset[str] = frozenset(),
) -> Verdict:
    """Evaluate each trigger that the book knows, and `policy.when`; `ignored` triggers count as not fired.

    `rules` ends with the cooldown, where the policy sets one, and with `when` itself, whose value is the
    number of its triggers that fired. A cooldown that runs keeps everything from firing.
    """
    situation = Situation(book, policy, drifts, calendar_due, past)
    found = [row for file in _files(book.definitions.named("triggers")) for row in file.evaluate(situation)]
    when = parse(policy.when)
    fired = [row for row in found if row.fired and row.trigger in when.names - ignored]
    names = {row.trigger for row in fired}
    rebalance = when.holds(names) and not cooling(policy, past)
    rule = f"rebalance when {policy.when}"
    last = Evaluated("portfolio", "when", "portfolio", float(len(names)), nan, rebalance, rule)
    return Verdict((*found, *_cooldown(policy, past), last), tuple(fired) if rebalance else ())


def cooling(policy: Policy, past: Past) -> bool:
    """Whether a cooldown keeps everything from being proposed."""
    return any(row.fired for row in _cooldown(policy, past))


@cache
def _files(names: tuple[str, ...] | None) -> tuple[ModuleType, ...]:
    return tuple(named(triggers, names).values())


def _cooldown(policy: Policy, past: Past) -> list[Evaluated]:
    """Whether the last rebalance is too recent for another; "fired" means that nothing is proposed."""
    if policy.cooldown == 0:
        return []
    if past.idle is None:
        rule = "no rebalance has been recommended before"
        return [Evaluated("portfolio", "cooldown", "portfolio", nan, policy.cooldown, False, rule)]
    fired = past.idle < policy.cooldown
    rule = (
        f"{past.idle} of {policy.cooldown} sessions since the last recommended rebalance"
        f"{': nothing is proposed before they have passed' if fired else ''}"
    )
    return [Evaluated("portfolio", "cooldown", "portfolio", past.idle, policy.cooldown, fired, rule)]
