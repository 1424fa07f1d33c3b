"""What was tried, and how often: entries of the ledger, so that no try can be taken back.

The best of many tries looks better than it is (`quant.evidence.sharpe.deflated`). To correct for that, all of
them have to be counted, also those of yesterday.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import numpy as np

from quant.market.panel import Floats
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Entered, Said

SIGNALS = "signals"
"""The subject of tries of signals; that of a portfolio's policy is the portfolio's name."""


class Tried(Said):
    """`count` results that were looked at on one stretch of history.

    `what` says what was tried and `data` is a digest of the prices: the same on the same prices, once more,
    is no new try. `mean`, `variance` and `best` are of the results' Sharpe ratios a day.
    """

    KIND: ClassVar[str] = "trials"

    what: str
    data: str
    first: date
    last: date
    count: int
    mean: float
    variance: float
    best: float


@dataclass(frozen=True)
class Count:
    """All tries of a subject: how many, and the variance of their Sharpe ratios a day."""

    trials: int
    variance: float


def tried(what: str, data: str, days: Sequence[date], sharpes: Floats) -> Tried:
    """The entry of some results; ratios that are not finite are counted and otherwise left out."""
    known = sharpes[np.isfinite(sharpes)]
    numbers = (known.mean(), known.var(), known.max()) if len(known) else (0.0, 0.0, 0.0)
    mean, variance, best = map(float, numbers)
    return Tried(
        what=what, data=data, first=days[0], last=days[-1], count=len(sharpes), mean=mean,
        variance=variance, best=best,
    )  # fmt: skip


def enter(db: Database, subject: str, said: Tried, now: datetime) -> None:
    """Count a try, unless the same was tried on the same prices before."""
    known = {(one.said.what, one.said.data) for one in entered.entries(db, Tried, subject)}
    if (said.what, said.data) not in known:
        entered.append(db, subject, said, now)


def listed(db: Database, subject: str | None = None) -> list[Entered[Tried]]:
    """All tries, of one subject or of all, in their order."""
    return entered.entries(db, Tried, subject)


def count(db: Database, subject: str) -> Count:
    """All tries of a subject."""
    return counted([one.said for one in listed(db, subject)])


def counted(tries: Sequence[Tried]) -> Count:
    """How many, and the variance of all their ratios around their common mean."""
    total = sum(one.count for one in tries)
    if not total:
        return Count(0, 0.0)
    mean = sum(one.count * one.mean for one in tries) / total
    spread = sum(one.count * (one.variance + (one.mean - mean) ** 2) for one in tries)
    return Count(total, spread / total)
