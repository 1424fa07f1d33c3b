"""A target and its replacement: one position to every rule, two symbols to trade."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np

from quant.book.book import Book
from quant.book.drift import Bands, Drift, Drifts
from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance.causes import Cause
from quant.rebalance.destinations import Plan
from quant.triggers import Past, Situation


def together(book: Book) -> Book:
    """The book in which a pair is one position of the target's symbol, of the same value.

    `book` itself where nothing has a replacement. A pair whose target has no price and whose replacement is
    held has a quantity of NaN, and the book then no value.
    """
    if not book.replacements:
        return book
    stays = kept(book)
    return replace(
        book,
        symbols=tuple(compress(book.symbols, stays)),
        asset_classes=tuple(compress(book.asset_classes, stays)),
        quantity=_together(book, book.quantity[None, :])[0],
        close=book.close[stays],
        target=book.target[stays],
        fx=book.fx[stays],
        replacements={},
    )


def _together(book: Book, quantity: Floats) -> Floats:
    """The quantities, shape (rows, symbols), with each pair as one position of the target."""
    found = quantity.copy()
    for target, other in places(book):
        held = quantity[:, other] != 0
        found[held, target] += quantity[held, other] * book.price[other] / book.price[target]
    return found[:, kept(book)]


def situation(holdings: Holdings, bands: Bands, due: bool, past: Past) -> Situation:
    """What triggers look at: a pair is one position, and `bands` are those of `together(holdings.book)`.

    `due`: whether the calendar asks for a rebalance.
    """
    book = holdings.book
    if not book.replacements:
        return Situation(Drifts(holdings, bands), due, past)
    quantity = _together(book, holdings.quantity)
    rows = (
        Holdings.of(bands.book) if holdings.single else replace(holdings, book=bands.book, quantity=quantity)
    )
    return Situation(Drifts(rows, bands), due, _past_together(book, past))


def _past_together(book: Book, past: Past) -> Past:
    """What came before, aligned with `together(book)`: a pair has its target's volatility."""
    if past.volatility is None:
        return past
    return replace(past, volatility=past.volatility[..., kept(book)])


def free(holdings: Holdings, movable: Mask) -> Mask:
    """Which of the `movable` symbols can trade: none of a pair where the target or what is held cannot."""
    if not holdings.book.replacements:
        return movable
    found = movable.copy()
    for target, other in places(holdings.book):
        rests = ~movable[:, target] | ((holdings.quantity[:, other] != 0) & ~movable[:, other])
        found[:, [target, other]] &= ~rests[:, None]
    return found


def kept(book: Book) -> Mask:
    """The symbols of `together(book)` among those of `book`."""
    return ~np.isin(book.symbols, [*book.replacements.values()])


def columns(book: Book, array: Mask) -> Mask:
    """An array (rows, symbols) for the symbols of `together(book)`."""
    return array[:, kept(book)] if book.replacements else array


def apart(holdings: Holdings, policy: Policy, past: Past, plan: Plan) -> Plan:
    """The plan for the rows of `situation` as one for `holdings`.

    What a pair buys is the target; it is the replacement where buying the target would be a wash sale or is
    on `do_not_buy`. What it sells is the replacement first, unless that is on `do_not_sell`.
    """
    book = holdings.book
    if not book.replacements:
        return plan
    owners = _owners(book)
    desired = plan.desired[:, owners]
    for pair in places(book):
        target, other = (book.symbols[place] for place in pair)
        desired[:, [*pair]] = _shared(
            desired[:, pair[0]],
            holdings.worth[:, [*pair]],
            into_other=_avoided(target, policy, past) and not _avoided(other, policy, past),
            from_other=other not in policy.do_not_sell,
        )
    return Plan(desired, plan.trigger[:, owners], plan.beyond[:, owners])


def drifts_apart(book: Book, drifts: Sequence[Drift]) -> list[Drift]:
    """The drift in `together(book)` behind each symbol of `book`; for words: a pair's names both symbols."""
    return [_titled(book, drifts[place]) for place in _owners(book)]


def causes_apart(book: Book, causes: Sequence[Cause | None]) -> tuple[Cause | None, ...]:
    """The cause behind each symbol of `book`, of those of `together(book)`."""
    return tuple(_about(book, causes[place]) for place in _owners(book))


def places(book: Book) -> Iterator[tuple[int, int]]:
    """Where each target that has a replacement stands in the book, and where its replacement does."""
    for target, other in book.replacements.items():
        yield book.places[target], book.places[other]


def _owners(book: Book) -> list[int]:
    """Where the position of each symbol stands in `together(book)`."""
    own = {other: target for target, other in book.replacements.items()}
    names = [symbol for symbol in book.symbols if symbol not in own]
    places = {symbol: place for place, symbol in enumerate(names)}
    return [places[own.get(symbol, symbol)] for symbol in book.symbols]


def _avoided(symbol: str, policy: Policy, past: Past) -> bool:
    """Whether a purchase is forbidden, or would be a wash sale."""
    return symbol in past.sold_at_loss or symbol in policy.do_not_buy


def _shared(total: Floats, held: Floats, *, into_other: bool, from_other: bool) -> Floats:
    """What target and replacement are to be worth so that the pair is worth `total`; NaN where one stays.

    `total` has the shape (rows,); `held`, what is held of both, and the result (rows, 2).
    """
    (target, other), stays = held.T, np.full(len(total), np.nan)
    change = total - target - other
    sold = np.minimum(-change, other) if from_other else np.zeros(len(total))
    rest = np.minimum(-change - sold, target)
    alone = np.isnan(total) | ((other == 0) & ~((change > 0) & into_other))
    grown = (stays, other + change) if into_other else (target + change, stays)
    shrunk = np.where(rest > 0, target - rest, np.nan), np.where(sold > 0, other - sold, np.nan)
    cases = zip((total, stays), grown, shrunk, strict=True)
    return np.stack([np.select([alone, change > 0], [*case[:2]], case[2]) for case in cases], axis=1)


def _about(book: Book, cause: Cause | None) -> Cause | None:
    """The cause with its breach named as the pair's that it is of."""
    if cause is None or cause.breach is None:
        return cause
    return replace(cause, breach=_titled(book, cause.breach))


def _titled(book: Book, row: Drift) -> Drift:
    """A drift under the name of its position: both symbols of a pair."""
    other = book.replacements.get(row.key) if row.level == "instrument" else None
    return replace(row, key=f"{row.key} with {other}") if other else row
