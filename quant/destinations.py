"""Who trades, and where to: the desired value of each symbol under the policy's destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign
from typing import Literal

import numpy as np
import numpy.typing as npt

from quant.book import NO_CLASS, Book
from quant.drift import Drift
from quant.exposure import actual_weights
from quant.panel import Floats
from quant.policy import Policy

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cause:
    """Why a symbol trades. `breach` is the broken band behind it: its own, its class's, another symbol's."""

    trigger: Literal["band", "class_band", "no_target", "calendar", "funding"]
    breach: Drift | None = None


@dataclass(frozen=True)
class Plan:
    """Per symbol of the book: the desired value in currency, NaN where it stays, and why it moves."""

    desired: Floats
    causes: tuple[Cause | None, ...]


def plan(book: Book, policy: Policy, drifts: Sequence[Drift], calendar_due: bool, movable: Mask) -> Plan:
    """Where `policy` wants each symbol. The calendar acts on destination "target" alone.

    `drifts` is what `quant.drift.measure` returned for this book; `movable`, shape (symbols,), is False for
    symbols that cannot trade. The book must have a positive value.
    """
    causes = _breaches(book, drifts)
    if policy.destination != "target":
        return _to_band(book, policy, drifts, causes, movable)
    if not calendar_due and not any(causes):
        return Plan(np.full(len(book.symbols), np.nan), tuple(causes))
    common = Cause("calendar") if calendar_due else max(filter(None, causes), key=_severity)
    desired = book.target * book.value * (1 - policy.cash_buffer)
    return Plan(desired, tuple(cause or common for cause in causes))


def _breaches(book: Book, drifts: Sequence[Drift]) -> list[Cause | None]:
    """For each symbol its own breach, else that of its class, else None."""
    breached = {(row.level, row.key): row for row in drifts if row.breached}
    causes: list[Cause | None] = []
    for symbol, asset_class in zip(book.symbols, book.asset_classes, strict=True):
        if own := breached.get(("instrument", symbol)):
            causes.append(Cause("no_target" if asset_class == NO_CLASS else "band", own))
        elif shared := breached.get(("asset_class", asset_class)):
            causes.append(Cause("class_band", shared))
        else:
            causes.append(None)
    return causes


def _severity(cause: Cause) -> tuple[bool, float]:
    """An instrument's breach explains more than its class's; among equals, the larger drift."""
    assert cause.breach is not None
    return cause.breach.level == "instrument", abs(cause.breach.drift)


def _to_band(
    book: Book, policy: Policy, drifts: Sequence[Drift], causes: Sequence[Cause | None], movable: Mask
) -> Plan:
    """Breached keys go to the band's edge or halfway from there to the target; others only pay or absorb.

    The desired value is weight * value without the buffer's factor, or else a buy would stop short of the
    edge and breach again on the next day.
    """
    actual = actual_weights(book)
    depth = 1.0 if policy.destination == "edge" else 0.5
    moved = _instruments(actual, drifts, depth, movable)
    for row in drifts:
        if row.level == "asset_class" and row.breached:
            members = movable & np.array([name == row.key for name in book.asset_classes])
            moved = _with_class(moved, book, row, depth, members)
    others = movable & np.array([cause is None for cause in causes])
    weights = moved + _counter_moves(moved - actual, book, policy, others)
    stays = weights == actual
    return Plan(np.where(stays, np.nan, weights * book.value), tuple(c or Cause("funding") for c in causes))


def _goal(row: Drift, depth: float) -> float:
    """The weight on the row's own side of its target, at `depth` of its band."""
    return row.target + copysign(row.band * depth, row.drift)


def _instruments(actual: Floats, drifts: Sequence[Drift], depth: float, movable: Mask) -> Floats:
    """The weights after each breached instrument's own move; the first rows of `drifts` are the book's."""
    rows = drifts[: len(actual)]
    goals = np.array([_goal(row, depth) if row.breached else row.actual for row in rows])
    return np.where(movable, goals, actual)


def _with_class(weights: Floats, book: Book, row: Drift, depth: float, members: Mask) -> Floats:
    """`weights` with what a breached class still misses, shared by `members` in proportion to their targets.

    `members` are those that can move. None goes below 0; what one cannot sell is left undone.
    """
    in_class = np.array([name == row.key for name in book.asset_classes])
    missing = _goal(row, depth) - float(weights[in_class].sum())
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
