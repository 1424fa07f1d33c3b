"""Whether to rebalance: every trigger with its number, the expression that joins them, and the cooldown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import nan
from types import ModuleType

import numpy as np

from quant import triggers
from quant.book.book import Book
from quant.book.holdings import Mask
from quant.plugins import named
from quant.policy.policy import Policy
from quant.policy.when import parse
from quant.triggers import Evaluated, Measured, Past, Situation


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


def judge(situation: Situation, measured: Sequence[Measured]) -> Verdict:
    """Every rule of one row with its words, and `policy.when`; `measured` is what `measures` returned.

    `rules` ends with the cooldown, where the policy sets one, and with `when` itself, whose value is the
    number of its triggers that fired. A cooldown that runs keeps everything from firing.
    """
    policy = situation.policy
    found = [row for one in measured for row in evaluated(one, situation)]
    names = parse(policy.when).names
    fired = tuple(row for row in found if row.fired and row.trigger in names)
    rebalance = bool(rebalances(situation, measured)[0])
    rule, count = f"rebalance when {policy.when}", float(len({row.trigger for row in fired}))
    last = Evaluated("portfolio", "when", "portfolio", count, nan, rebalance, rule)
    rules = (*found, *_cooldown(policy, situation.past), last)
    return Verdict(rules, fired if rebalance else ())


def measures(situation: Situation) -> list[Measured]:
    """Every trigger that the book knows, in the order of their names."""
    files = known(situation.holdings.book).values()
    return [one for file in files for one in file.measure(situation)]


def known(book: Book) -> Mapping[str, ModuleType]:
    """The triggers that a book's definitions know, by name."""
    return _files(book.definitions.named("triggers"))


def rebalances(
    situation: Situation,
    measured: Sequence[Measured],
    ignored: frozenset[str] = frozenset(),
    *,
    cooldown: bool = True,
) -> Mask:
    """Whether each row rebalances by `policy.when`, shape (rows,); a `cooldown` that runs keeps all from it.

    `ignored` triggers count as not fired.
    """
    rows = len(situation.holdings.cash)
    if cooldown and cooling(situation.policy, situation.past):
        return np.zeros(rows, bool)
    when = parse(situation.policy.when)
    fired = {name: np.zeros(rows, bool) for name in when.names}
    for one in measured:
        if one.trigger in when.names - ignored:
            fired[one.trigger] |= one.fired.any(axis=1)
    return when.holds(fired)


def evaluated(one: Measured, situation: Situation) -> list[Evaluated]:
    """The rules of the first row, with their words."""
    keys = situation.drifts.bands.keys
    scopes = ["portfolio"] if one.places is None else [keys[place][1] for place in one.places.tolist()]
    numbers = zip(scopes, one.value[0].tolist(), one.limit[0].tolist(), one.fired[0].tolist(), strict=True)
    return [Evaluated(one.level, one.trigger, *row, one.rule(0, i)) for i, row in enumerate(numbers)]


def cooling(policy: Policy, past: Past) -> bool:
    """Whether a cooldown keeps everything from being proposed."""
    return any(row.fired for row in _cooldown(policy, past))


@cache
def _files(names: tuple[str, ...] | None) -> Mapping[str, ModuleType]:
    return named(triggers, names)


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
