"""Which source serves a symbol, and whether two of them disagree about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from config.portfolio import Portfolio
from quant.faults import kinds
from tasks.ingest.units import Doubts, Prices, doubts
from warehouse import history
from warehouse.database.database import Database
from warehouse.history import Offer
from warehouse.runs import Run
from warehouse.tables.batches import Rejected


@dataclass(frozen=True)
class Serving:
    """`served_by`: the one source of each symbol. `disputed`: the symbols whose price on the session is in
    doubt, with the reason: two sources tell different ones, or the source another unit than is declared.
    `unread`: those of which no stored price may be read, because of its unit.
    """

    served_by: dict[str, str]
    disputed: dict[str, str]
    unread: frozenset[str] = frozenset()

    @property
    def read_from(self) -> dict[str, str]:
        """The source of each symbol's prices, empty for the unread."""
        return self.served_by | dict.fromkeys(self.unread, "")


def serving(db: Database, run: Run, portfolio: Portfolio) -> Serving:
    """Who serves a run, from what was known at its known_at alone: a replay finds the same."""
    sources = (run.source, *portfolio.data.fallback)
    if run.known_at is None:
        return Serving(dict.fromkeys(portfolio.asked, run.source), {})
    last = due(portfolio, run.session, run.asked_at)
    found = doubts(db, run, portfolio, sources, last)
    if len(sources) == 1:
        return doubted(Serving(dict.fromkeys(portfolio.asked, run.source), {}), found)
    offered = history.offers(db, run.fetched_by, sources, last, run.known_at)
    trusted = [_trusted(offer, found, last[offer.symbol]) for offer in offered]
    return doubted(chosen(trusted, last, portfolio.data.disagreement), found)


def lacking(db: Database, run: Run, portfolio: Portfolio) -> list[str]:
    """The symbols and rates without an accepted bar on the session due, or with something of it rejected."""
    if run.known_at is None:
        return [*portfolio.asked]
    read_from, sources = serving(db, run, portfolio).read_from, (run.source, *portfolio.data.fallback)
    offered = history.offers(
        db, run.fetched_by, sources, due(portfolio, run.session, run.asked_at), run.known_at
    )
    served = {(one.source, one.symbol) for one in offered if one.close is not None}
    return [symbol for symbol in portfolio.asked if (read_from[symbol], symbol) not in served]


def doubted(serving: Serving, found: Doubts) -> Serving:
    """With what is in doubt of the sources that serve."""
    served_by = serving.served_by
    today = {symbol: found.today[prices] for symbol, prices in _prices(served_by) if prices in found.today}
    ever = {symbol: found.ever[prices] for symbol, prices in _prices(served_by) if prices in found.ever}
    return Serving(served_by, serving.disputed | today | ever, frozenset(ever))


def _prices(served_by: Mapping[str, str]) -> list[tuple[str, Prices]]:
    return [(symbol, (source, symbol)) for symbol, source in served_by.items()]


def _trusted(offer: Offer, found: Doubts, due: date) -> Offer:
    """The offer without its bars whose unit is in doubt."""
    prices = (offer.source, offer.symbol)
    if prices in found.ever:
        return Offer(offer.symbol, offer.source, None, None)
    if prices in found.today and offer.newest == due:
        return Offer(offer.symbol, offer.source, due - timedelta(days=1), None)
    return offer


def due(portfolio: Portfolio, session: date, now: datetime) -> dict[str, date]:
    """The session that the newest bar of each symbol and each rate should be of: its own exchange's last.

    An exchange that has not completed a session at `now` owes the one before; a rate is quoted all day long.
    A symbol whose price comes late owes an older one.
    """
    now = now if now.tzinfo else now.replace(tzinfo=UTC)
    calendars, rates, late = portfolio.calendars, {*portfolio.pairs.values()}, portfolio.lateness
    last = {name: portfolio.exchange(name).last_session(session) for name in {*calendars.values()}}
    others = {calendars[symbol] for symbol in portfolio.watched if symbol not in rates} - {portfolio.calendar}
    owed = last | {name: min(last[name], portfolio.exchange(name).last_completed(now)) for name in others}
    found = {symbol: (last if symbol in rates else owed)[calendars[symbol]] for symbol in portfolio.asked}
    return found | {
        symbol: portfolio.exchange(calendars[symbol]).window(found[symbol], sessions + 1)[0]
        for symbol, sessions in late.items()
    }


def broken(quarantine: Iterable[Rejected], due: Mapping[str, date]) -> dict[str, str]:
    """The rule that each symbol's rejected row of the session that is `due` broke: a fault before any other.

    A fault says what is wrong, the other rules only that something is.
    """
    faults = {*kinds("bars"), *kinds("actions")}
    found: dict[str, str] = {}
    for row in sorted(quarantine, key=lambda row: row.rule not in faults):
        if row.symbol is not None and row.session == due.get(row.symbol):
            found.setdefault(row.symbol, row.rule)
    return found


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
