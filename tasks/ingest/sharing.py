"""Which portfolios one delivery can serve.

A delivery holds each symbol once: in one unit, on one calendar, up to one session, repaired or not. So
portfolios that say the same of every symbol that they share are served by one, and a portfolio that says
something else of any of them is served by another.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime

from config.portfolio import Portfolio
from tasks.ingest.depth import HISTORY, since_counted
from tasks.ingest.source_selection import due
from tasks.ingest.wanted import Declared, Shared, Wanted


def wanted(portfolio: Portfolio, session: date, now: datetime, start: date | None = None) -> Wanted:
    """What a portfolio asks for on a session: from `start`, else as far back as a day looks."""
    units = dict.fromkeys(portfolio.asked, portfolio.currency) | portfolio.currencies
    calendars, last = portfolio.calendars, due(portfolio, session, now)
    return Wanted(
        start=start or since_counted(portfolio, session, HISTORY)[0],
        session=session,
        repair=portfolio.data.repair == "certain",
        symbols={
            symbol: Declared(currency=units[symbol], calendar=calendars[symbol], due=last[symbol])
            for symbol in portfolio.asked
        },
        corrections={name: portfolio.exchange(name).changes for name in sorted({*calendars.values()})},
    )


def digest(portfolio: Portfolio, wants: Wanted) -> str:
    """The SHA-256 of what a portfolio wants, and whom it asks for what is missing."""
    asks = f"{portfolio.data.fallback} {portfolio.data.cross_check}"
    return hashlib.sha256(f"{wants.model_dump_json()} {asks}".encode()).hexdigest()


def together(portfolios: Iterable[tuple[Portfolio, date]], now: datetime) -> list[Shared]:
    """As few deliveries as serve the portfolios, each on its session: each joins the first that it can."""
    found: list[Shared] = []
    for portfolio, session in portfolios:
        wants = wanted(portfolio, session, now)
        own = {portfolio.name: digest(portfolio, wants)}
        place = next((place for place, one in enumerate(found) if one.wanted.agrees(wants)), None)
        if place is None:
            found.append(Shared(wanted=wants, portfolios=own))
            continue
        joined = found[place]
        found[place] = Shared(wanted=joined.wanted.joined(wants), portfolios=joined.portfolios | own)
    return found


def serves(shared: Shared, portfolio: Portfolio, session: date, now: datetime) -> bool:
    """Whether a delivery that was asked for at `now` was made for this portfolio, as it is, on a session."""
    return shared.portfolios.get(portfolio.name) == digest(portfolio, wanted(portfolio, session, now))
