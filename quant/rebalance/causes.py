"""Why the symbols of a single portfolio trade: the trigger behind each, and its rule in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from quant.book.drift import Drift
from quant.rebalance.destinations import Plan
from quant.rebalance.standing import NO_KEY, Standing, triggers
from quant.rebalance.triggering import Verdict
from quant.triggers import Level


@dataclass(frozen=True)
class Cause:
    """Why a symbol trades: the trigger ("funding": the moves of others) and its rule with the numbers.

    `breach` is the band behind it, as the trigger has it: the symbol's own, its class's or another symbol's.
    `story` is the whole reason where it is no drift.
    """

    trigger: str
    rule: str
    breach: Drift | None = None
    story: str | None = None


def causes(
    stand: Standing, drifts: Sequence[Drift], verdict: Verdict, plan: Plan
) -> tuple[Cause | None, ...]:
    """Why each symbol of one row moves, or might have; None for all where it does not rebalance.

    `drifts` are the row's own, `verdict` is what `quant.rebalance.triggering.judge` made of it, and `plan` is
    where it should go.
    """
    book, policy = stand.holdings.book, stand.policy
    if not verdict.rebalance:
        return (None,) * len(book.symbols)
    rules = {(rule.level, rule.trigger, rule.scope): rule.rule for rule in reversed(verdict.fired)}
    words = _Words(stand, drifts, rules)
    if plan.trigger[0, 0] == stand.code["cash_first"]:
        rule = f"{words.leading().rule}; cash_first: cash alone puts it right"
        return (Cause("cash_first", rule),) * len(book.symbols)
    if policy.destination == "target":
        others = words.leading()
    else:
        rule = f"destination = {policy.destination}: the net of its moves is met by opposite drifts"
        others = Cause("funding", rule)
    classes = len(book.symbols) + book.class_of
    return tuple(words.breach(own) or words.breach(of) or others for own, of in enumerate(classes.tolist()))


@dataclass(frozen=True)
class _Words:
    """What the words of one row are made of; `rules` are those that fired, by level, trigger and scope."""

    stand: Standing
    drifts: Sequence[Drift]
    rules: Mapping[tuple[Level, str, str], str]

    def leading(self) -> Cause:
        """Why the portfolio as a whole rebalances."""
        places, codes = self.stand.leading
        if places[0] != NO_KEY and (breach := self.breach(int(places[0]))):
            return breach
        name = self._name(codes[0])
        return Cause(name, self.rules["portfolio", name, "portfolio"])

    def breach(self, place: int) -> Cause | None:
        """The cause that the band of one key is; None where it did not break."""
        code = self.stand.broken[0, place]
        if code == 0:
            return None
        row, trigger = self.drifts[place], self._name(code)
        breach = replace(row, band=float(self.stand.reach[0, place]), breached=True)
        return Cause(trigger, self.rules[row.level, trigger, row.key], breach)

    def _name(self, code: int) -> str:
        return triggers(self.stand.holdings.book)[code]
