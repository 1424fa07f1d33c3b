"""A target and its replacement: one position to every rule, two symbols to trade."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress
from math import isnan, nan

import numpy as np

from quant.book.book import Book
from quant.book.drift import Drift
from quant.policy.policy import Policy
from quant.rebalance.destinations import Cause, Mask, Plan
from quant.triggers import Past


def together(book: Book) -> Book:
    """The book in which a pair is one position of the target's symbol, of the same value.

    `book` itself where nothing has a replacement. A pair whose target has no price and whose replacement is
    held has a quantity of NaN, and the book then no value.
    """
    if not book.replacements:
        return book
    quantity, stays = book.quantity.copy(), kept(book)
    for target, other in places(book):
        if quantity[other]:
            quantity[target] += quantity[other] * book.price[other] / book.price[target]
    return replace(
        book,
        symbols=tuple(compress(book.symbols, stays)),
        asset_classes=tuple(compress(book.asset_classes, stays)),
        quantity=quantity[stays],
        close=book.close[stays],
        target=book.target[stays],
        fx=book.fx[stays],
        replacements={},
    )


def past_together(book: Book, past: Past) -> Past:
    """What came before, aligned with `together(book)`: a pair has its target's volatility."""
    if not book.replacements or past.volatility is None:
        return past
    return replace(past, volatility=past.volatility[kept(book)])


def free(book: Book, movable: Mask) -> Mask:
    """Which of the `movable` symbols can trade: none of a pair where the target or what is held cannot."""
    found = movable.copy()
    for target, other in places(book):
        rests = not movable[target] or (book.quantity[other] != 0 and not movable[other])
        found[[target, other]] &= not rests
    return found


def kept(book: Book) -> Mask:
    """The symbols of `together(book)` among those of `book`."""
    return ~np.isin(book.symbols, [*book.replacements.values()])


def apart(book: Book, policy: Policy, past: Past, plan: Plan) -> Plan:
    """The plan for `together(book)` as one for `book`.

    What a pair buys is the target; it is the replacement where buying the target would be a wash sale or is
    on `do_not_buy`. What it sells is the replacement first, unless that is on `do_not_sell`.
    """
    if not book.replacements:
        return plan
    owners = _owners(book)
    desired = np.array([plan.desired[place] for place in owners])
    causes = tuple(_about(book, plan.causes[place]) for place in owners)
    for pair in places(book):
        target, other = (book.symbols[place] for place in pair)
        desired[[*pair]] = _shared(
            float(desired[pair[0]]),
            held_values(book, pair),
            into_other=_avoided(target, policy, past) and not _avoided(other, policy, past),
            from_other=other not in policy.do_not_sell,
        )
    return Plan(desired, causes)


def drifts_apart(book: Book, drifts: Sequence[Drift]) -> list[Drift]:
    """The drift of `together(book)` behind each symbol of `book`, for words: a pair's names both symbols."""
    return [_titled(book, drifts[place]) for place in _owners(book)]


def places(book: Book) -> Iterator[tuple[int, int]]:
    """Where each target that has a replacement stands in the book, and where its replacement does."""
    for target, other in book.replacements.items():
        yield book.places[target], book.places[other]


def held_values(book: Book, pair: Sequence[int]) -> tuple[float, float]:
    """What is held of the two symbols, in currency; 0 of what is not held, whatever its price."""
    target, other = (float(book.quantity[at] * book.price[at]) if book.quantity[at] else 0.0 for at in pair)
    return target, other


def _owners(book: Book) -> list[int]:
    """Where the position of each symbol stands in `together(book)`."""
    own = {other: target for target, other in book.replacements.items()}
    names = [symbol for symbol in book.symbols if symbol not in own]
    places = {symbol: place for place, symbol in enumerate(names)}
    return [places[own.get(symbol, symbol)] for symbol in book.symbols]


def _avoided(symbol: str, policy: Policy, past: Past) -> bool:
    """Whether a purchase is forbidden, or would be a wash sale."""
    return symbol in past.sold_at_loss or symbol in policy.do_not_buy


def _shared(
    total: float, held: tuple[float, float], *, into_other: bool, from_other: bool
) -> tuple[float, float]:
    """What target and replacement are to be worth so that the pair is worth `total`; NaN where one stays."""
    target, other = held
    change = total - target - other
    if isnan(total) or (other == 0 and not (change > 0 and into_other)):
        return total, nan
    if change > 0:
        return (nan, other + change) if into_other else (target + change, nan)
    first = min(-change, other) if from_other else 0.0
    rest = min(-change - first, target)
    return target - rest if rest > 0 else nan, other - first if first > 0 else nan


def _about(book: Book, cause: Cause | None) -> Cause | None:
    """The cause with its breach named as the pair's that it is of."""
    if cause is None or cause.breach is None:
        return cause
    return replace(cause, breach=_titled(book, cause.breach))


def _titled(book: Book, row: Drift) -> Drift:
    """A drift under the name of its position: both symbols of a pair."""
    other = book.replacements.get(row.key) if row.level == "instrument" else None
    return replace(row, key=f"{row.key} with {other}") if other else row
