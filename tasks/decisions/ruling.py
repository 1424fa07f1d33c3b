"""What a decision on recommendations means. Pure: the same for the command line and for a click in Slack.

A decision that cannot be made changes nothing, and the sentence says why. A key counts once: what is told
twice (an envelope that arrives again, a click that is repeated) is known and makes no second entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quant.people import Actor, same_person
from tasks.orders.entries import Decided
from tasks.orders.recommendations import OPEN, Recommendation

Choice = Literal["approved", "rejected"]
PARTS = 1e-6
"""Of a share: the smallest part where no lot is set."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants: for these symbols, or without any for all that are open.

    `quantities` are the shares to be approved, by symbol, where it is not the whole order. `key` is what the
    decision is known by where it may be told twice.
    """

    choice: Choice
    by: Actor
    symbols: Sequence[str] = ()
    reason: str | None = None
    quantities: Mapping[str, float] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True)
class Situation:
    """Where the run stands: its orders, how many must approve, what its portfolio lets nobody approve.

    `lot` is the smallest step of a quantity (0: parts of a share), `accounts` whether accounts follow the
    portfolio, `keys` the keys of the decisions so far with a sentence on each, `held` why the order of a
    symbol may not be approved now.
    """

    run_id: str
    orders: Sequence[Recommendation]
    needed: int = 1
    halted: str | None = None
    lot: float = 1.0
    accounts: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ruling:
    """What is entered, by symbol, and which symbols were meant; or why the decision cannot be made.

    With a refusal only what has expired is entered.
    """

    entries: Mapping[str, Decided]
    chosen: Sequence[str] = ()
    refusal: str | None = None


def rule(wish: Wish, found: Situation) -> Ruling:
    """What becomes of a wish where the run stands so."""
    if wish.key is not None and wish.key in found.keys:
        return _refused(f"this was counted already: {found.keys[wish.key]}.")
    refusal = _unknown(wish, found)
    if refusal:
        return _refused(refusal)
    held = found.held if wish.choice == "approved" else {}
    chosen = _chosen(found.orders, [*wish.symbols, *wish.quantities], held)
    names = [*dict.fromkeys(one.symbol for one in chosen)]  # accounts may buy and sell it
    if wish.choice == "approved" and found.halted:
        return _refused(f"{found.halted}. While that is so nothing can be approved.", names)
    refusal = next(filter(None, (_refusal(one, wish, found) for one in chosen)), None)
    if refusal:
        late: dict[str, Decided] = {
            one.symbol: "expired" for one in chosen if one.state == "expired" and one.at is None
        }
        return Ruling(late, names, refusal)
    if wish.choice == "rejected":
        return Ruling(dict.fromkeys(names, "rejected"), names)
    return Ruling({one.symbol: _approved(one, found.needed) for one in chosen}, names)


def _refused(sentence: str, names: Sequence[str] = ()) -> Ruling:
    return Ruling({}, names, sentence)


def _approved(one: Recommendation, needed: int) -> Decided:
    return "approved" if len(one.approvals) + 1 >= needed else "approved_once"


def _unknown(wish: Wish, found: Situation) -> str | None:
    """Why what was named is nothing that the run recommends."""
    run = f"run {found.run_id}"
    if not found.orders:
        return f"{run} recommends nothing: `ballast show {found.run_id}` shows what it found."
    names = [*dict.fromkeys(one.symbol for one in found.orders)]
    for symbol in (*wish.symbols, *wish.quantities):
        if symbol not in names:
            return f"{run} does not recommend {symbol}; it recommends {', '.join(names)}."
    if wish.quantities and found.accounts:
        return f"{run} is of a portfolio with accounts: an order is approved whole, or rejected."
    return None


def _chosen(
    orders: Sequence[Recommendation], symbols: Sequence[str], held: Mapping[str, str]
) -> list[Recommendation]:
    """Those that were named; without names all that are open and not held, or where nothing is, all."""
    if symbols:
        return [one for one in orders if one.symbol in symbols]
    is_open = [one for one in orders if one.state in OPEN]
    return [one for one in is_open if one.symbol not in held] or is_open or [*orders]


def _refusal(one: Recommendation, wish: Wish, found: Situation) -> str | None:
    """Why an order cannot become what is wanted; None when it can."""
    order = f"{one.side} {one.symbol} of run {one.run_id}"
    if one.state == "superseded":
        return f"{order} was replaced by {one.by} on {one.at:%Y-%m-%d %H:%M} UTC: decide on that one."
    if one.state == "withdrawn":
        return f"{order} is withdrawn: {one.reason}. Run the day again and decide on that run."
    if one.state == "expired":
        when = f"{one.expires:%Y-%m-%d %H:%M} UTC"
        return f"{order} expired at {when} and cannot be {wish.choice}: run the day again."
    if one.state not in OPEN or (one.state, wish.choice) == ("approved", "approved"):
        return f"{order} is {one.state} by {one.by} on {one.at:%Y-%m-%d}; it cannot be {wish.choice}."
    return None if wish.choice == "rejected" else _unapproved(order, one, wish, found)


def _unapproved(order: str, one: Recommendation, wish: Wish, found: Situation) -> str | None:
    """Why an open order cannot be approved now, not by this person, or not so many shares of it."""
    if one.symbol in found.held:
        return f"{order} is {found.held[one.symbol]}."
    if any(same_person(before.who, wish.by) for before in one.approvals):
        return f"{wish.by.name} has approved {order} already: a second person must approve it."
    return _misfit(order, one, wish.quantities.get(one.symbol), found.lot)


def _misfit(order: str, one: Recommendation, quantity: float | None, lot: float) -> str | None:
    """Why so many shares cannot be approved; None when they can."""
    if quantity is None:
        return None
    if not 0 < quantity <= one.quantity:
        return (
            f"{order}: {quantity:,.10g} shares; more than 0 and at most {one.quantity:,.10g} can be approved."
        )
    step = lot or PARTS
    whole = abs(quantity / step - round(quantity / step)) * step <= PARTS / 10
    if quantity != one.quantity and not whole:
        return f"{order}: {quantity:,.10g} shares are no multiple of {step:,.10g}, the portfolio's lot."
    return None
