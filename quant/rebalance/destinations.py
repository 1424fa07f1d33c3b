"""Who trades, and where to: the desired value of each symbol under the policy's destination."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import copysign

import numpy as np
import numpy.typing as npt

from quant.book.book import Book
from quant.book.drift import Drift, actual_weights
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance.triggering import Verdict

Mask = npt.NDArray[np.bool_]


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


@dataclass(frozen=True)
class Plan:
    """Per symbol of the book: the desired value in currency, NaN where it stays, and why it moves."""

    desired: Floats
    causes: tuple[Cause | None, ...]


def plan(book: Book, policy: Policy, drifts: Sequence[Drift], verdict: Verdict, movable: Mask) -> Plan:
    """Where `policy` wants each symbol. What has no band (the calendar) acts on destination "target" alone.

    `drifts` is what `quant.book.drift.measure` returned for this book, and `verdict` what
    `quant.rebalance.triggering.judge` made of it; `movable`, shape (symbols,), is False for symbols that
    cannot trade. The book must have a positive value.
    """
    if not verdict.rebalance:
        return Plan(np.full(len(book.symbols), np.nan), (None,) * len(book.symbols))
    broken = _broken(drifts, verdict)
    own = zip(book.symbols, book.asset_classes, strict=True)
    causes = [broken.get(("instrument", s)) or broken.get(("asset_class", c)) for s, c in own]
    if policy.destination != "target":
        return _to_band(book, policy, _in_force(drifts, broken), causes, movable)
    common = leading(drifts, verdict)
    desired = book.target * book.value * (1 - policy.cash_buffer)
    return Plan(desired, tuple(cause or common for cause in causes))


def leading(drifts: Sequence[Drift], verdict: Verdict) -> Cause:
    """Why the portfolio as a whole rebalances: the calendar, else the worst breach, else what else fired."""
    general = [Cause(rule.trigger, rule.rule) for rule in verdict.fired if rule.level == "portfolio"]
    calendar = [cause for cause in general if cause.trigger == "calendar"]
    worst = sorted(_broken(drifts, verdict).values(), key=_severity, reverse=True)
    return [*calendar, *worst, *general][0]


def _broken(drifts: Sequence[Drift], verdict: Verdict) -> dict[tuple[str, str], Cause]:
    """The cause behind each instrument and class whose band broke; of several bands the narrowest."""
    rows = {(row.level, row.key): row for row in drifts}
    found: dict[tuple[str, str], Cause] = {}
    for rule in sorted(verdict.fired, key=lambda rule: rule.limit, reverse=True):
        if rule.level != "portfolio":
            breach = replace(rows[rule.level, rule.scope], band=rule.limit, breached=True)
            found[rule.level, rule.scope] = Cause(rule.trigger, rule.rule, breach)
    return found


def _in_force(drifts: Sequence[Drift], broken: Mapping[tuple[str, str], Cause]) -> list[Drift]:
    """The drifts with the bands that broke, and as breached what has fired."""
    return [
        broken[row.level, row.key].breach or row
        if (row.level, row.key) in broken
        else replace(row, breached=False)
        for row in drifts
    ]


def _severity(cause: Cause) -> tuple[bool, float]:
    """An instrument's breach explains more than its class's; among equals, the larger drift."""
    assert cause.breach is not None
    return cause.breach.level == "instrument", abs(cause.breach.drift)


def _to_band(
    book: Book, policy: Policy, drifts: Sequence[Drift], causes: Sequence[Cause | None], movable: Mask
) -> Plan:
    """Breached keys go to the band's edge, halfway or to a distance; others only pay or absorb.

    The desired value is weight * value without the buffer's factor, or else a buy would stop short of the
    edge and breach again on the next day.
    """
    actual = actual_weights(book)
    moved = _instruments(actual, drifts, policy, movable)
    for row in drifts:
        if row.level == "asset_class" and row.breached:
            moved = _with_class(moved, book, row, policy, movable)
    others = movable & np.array([cause is None for cause in causes])
    weights = moved + _counter_moves(moved - actual, book, policy, others)
    stays = weights == actual
    rule = f"destination = {policy.destination}: the net of its moves is met by opposite drifts"
    whys = tuple(cause or Cause("funding", rule) for cause in causes)
    return Plan(np.where(stays, np.nan, weights * book.value), whys)


def _goal(row: Drift, policy: Policy) -> float:
    """The weight on the row's own side of its target: at its band's edge, or nearer as the policy says."""
    reach = row.band * 0.5 if policy.destination == "halfway" else row.band
    if policy.destination == "distance" and policy.distance is not None:
        reach = min(policy.distance, row.band)
    return row.target + copysign(reach, row.drift)


def _instruments(actual: Floats, drifts: Sequence[Drift], policy: Policy, movable: Mask) -> Floats:
    """The weights after each breached instrument's own move; the first rows of `drifts` are the book's."""
    rows = drifts[: len(actual)]
    goals = np.array([_goal(row, policy) if row.breached else row.actual for row in rows])
    return np.where(movable, goals, actual)


def _with_class(weights: Floats, book: Book, row: Drift, policy: Policy, movable: Mask) -> Floats:
    """`weights` with what a breached class still misses, shared in proportion to targets.

    By its members that are `movable`. None goes below 0; what one cannot sell is left undone.
    """
    in_class = book.members[row.key]
    missing = _goal(row, policy) - float(weights[in_class].sum())
    members = np.zeros(len(weights), bool)
    members[in_class] = movable[in_class]
    shares = np.where(members, book.target, 0.0)
    if missing * row.drift >= 0 or shares.sum() == 0:  # its instruments' own moves were enough
        return weights
    shifted = np.maximum(weights + missing * shares / shares.sum(), 0.0)
    return np.where(members, shifted, weights)


def _counter_moves(moves: Floats, book: Book, policy: Policy, others: Mask) -> Floats:
    """Changes of weight of the `others` that pay for a net purchase or take up a net sale of `moves`.

    In proportion to their opposite drifts and at most to their targets. A purchase uses the cash above the
    buffer first; cash that is missing from the buffer is refilled first either way.
    """
    net = float(moves.sum())
    spare = book.cash / book.value - policy.cash_buffer
    side = copysign(1.0, net)
    amount = net - spare if net > 0 else -net + min(spare, 0.0)
    drift = np.where(others, actual_weights(book) - book.target, 0.0)
    opposite = np.maximum(side * drift, 0.0)
    if amount <= 0 or opposite.sum() == 0:
        return np.zeros_like(moves)
    return -side * opposite * min(1.0, amount / float(opposite.sum()))
