"""Which shares bought near a sale at a loss replace which of those sold: Reg. 1.1091-1(b) to (e).

What was sold is taken in the order of its days, and of one day in the order in which it was acquired; what
was bought in the order of its purchases. Shares that replace some already replace no others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

Sale = tuple[str, str, str]
"""What a booked sale is known by: its run, its account and its own id."""


@dataclass(frozen=True)
class Loss:
    """Shares of one lot that were sold on `day`, each at a `loss` (positive) in the instrument's unit.

    `acquired` is None where it is not known; `sale` is empty for one that is only estimated.
    """

    day: date
    acquired: date | None
    quantity: Decimal
    loss: Decimal = Decimal()
    sale: Sale = field(default=("", "", ""))


@dataclass(frozen=True)
class Bought:
    """Shares that were bought on a day and stay; `fresh`: in a purchase of their own, after what was sold."""

    day: date
    quantity: Decimal
    fresh: bool = False


@dataclass(frozen=True)
class Match:
    """`quantity` of the shares at place `bought` replace as many of the loss at place `loss`."""

    loss: int
    bought: int
    quantity: Decimal


def matches(losses: Sequence[Loss], bought: Sequence[Bought], window: int) -> Iterator[Match]:
    """What replaces what, where the days lie at most `window` apart.

    What stays of the lot that was sold itself replaces nothing (Revenue Ruling 56-602).
    """
    left = [one.quantity for one in bought]
    buys = sorted(range(len(bought)), key=lambda place: bought[place].day)
    for at in sorted(range(len(losses)), key=partial(_disposed, losses)):
        sold, rest = losses[at], losses[at].quantity
        for place in buys:
            near = abs((bought[place].day - sold.day).days) <= window
            own = bought[place].day == sold.acquired and not bought[place].fresh
            used = min(left[place], rest) if near and not own else Decimal()
            if used > 0:
                left[place], rest = left[place] - used, rest - used
                yield Match(at, place, used)


def _disposed(losses: Sequence[Loss], place: int) -> tuple[date, date]:
    return losses[place].day, losses[place].acquired or date.min


def tacked(bought: date, sold: Loss) -> date:
    """From when replacing shares count as held: before their purchase, by as long as those sold were held.

    IRC section 1223(3); the days between sale and purchase are not counted.
    """
    return bought - (sold.day - sold.acquired if sold.acquired else timedelta())
