"""Which source serves a symbol, and whether two of them disagree about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from config.calendars import Calendar
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
    sources = (run.source, *portfolio.data.fallback)
    if len(sources) == 1 or run.known_at is None:
        return Serving(dict.fromkeys(portfolio.asked, run.source), {})
    last = due(portfolio, run.session)
    return chosen(
        history.offers(db, run.run_id, sources, last, run.known_at), last, portfolio.data.disagreement
    )


def due(portfolio: Portfolio, session: date) -> dict[str, date]:
    """The session that the newest bar of each symbol and each rate should be of: its own exchange's last."""
    calendars = portfolio.calendars
    last = {name: Calendar(name).last_session(session) for name in {*calendars.values()}}
    return {symbol: last[calendars[symbol]] for symbol in portfolio.asked}


def chosen(offers: Sequence[Offer], due: Mapping[str, date], bound: float) -> Serving:
    """The source with the newest bar; of several, the one that is preferred.

    `offers` stand by symbol, in order of preference. Sources disagree when the closes of the session that is
    `due` differ by more than `bound`, as a share of that of the source which serves.
    """
    served_by: dict[str, str] = {}
    disputed: dict[str, str] = {}
    for symbol, group in groupby(offers, key=lambda offer: offer.symbol):
        known = list(group)
        best = max(known, key=lambda offer: offer.newest or date.min)  # the first of equals
        served_by[symbol] = best.source
        for other in known:
            if best.close and other.close and abs(other.close / best.close - 1) > bound:
                disputed.setdefault(symbol, _disagreement(best, other, due[symbol], bound))
    return Serving(served_by, disputed)


def _disagreement(best: Offer, other: Offer, session: date, bound: float) -> str:
    assert best.close is not None
    assert other.close is not None
    apart = abs(other.close / best.close - 1)
    return (
        f"{best.source} says {best.close:g} on {session}, {other.source} {other.close:g}: "
        f"they differ by {apart:.2%}, more than {bound:.2%}"
    )
