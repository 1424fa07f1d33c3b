"""Which source serves a symbol, and whether two of them disagree about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from config.portfolio import Portfolio
from warehouse import history
from warehouse.connection import Database
from warehouse.history import Offer
from warehouse.runs import Run


@dataclass(frozen=True)
class Serving:
    """`served_by`: the one source of each symbol. `disputed`: the symbols that two sources price differently
    on the session, with both values.
    """

    served_by: dict[str, str]
    disputed: dict[str, str]


def serving(db: Database, run: Run, portfolio: Portfolio) -> Serving:
    """Who serves a run, from what was known at its known_at alone: a replay finds the same."""
    symbols, sources = portfolio.watched, (run.source, *portfolio.data.fallback)
    if len(sources) == 1 or run.known_at is None:
        return Serving(dict.fromkeys(symbols, run.source), {})
    found = history.offers(db, run.run_id, sources, symbols, run.session, run.known_at)
    return chosen(found, run.session, portfolio.data.disagreement)


def chosen(offers: Sequence[Offer], session: date, bound: float) -> Serving:
    """The source with the newest bar; of several, the one that is preferred.

    `offers` stand by symbol, in order of preference. Sources disagree when the closes of the session differ
    by more than `bound`, as a share of that of the source which serves.
    """
    served_by: dict[str, str] = {}
    disputed: dict[str, str] = {}
    for symbol, group in groupby(offers, key=lambda offer: offer.symbol):
        known = list(group)
        best = max(known, key=lambda offer: offer.newest or date.min)  # the first of equals
        served_by[symbol] = best.source
        for other in known:
            if best.close and other.close and abs(other.close / best.close - 1) > bound:
                disputed.setdefault(symbol, _disagreement(best, other, session, bound))
    return Serving(served_by, disputed)


def _disagreement(best: Offer, other: Offer, session: date, bound: float) -> str:
    assert best.close is not None
    assert other.close is not None
    apart = abs(other.close / best.close - 1)
    return (
        f"{best.source} says {best.close:g} on {session}, {other.source} {other.close:g}: "
        f"they differ by {apart:.2%}, more than {bound:.2%}"
    )
