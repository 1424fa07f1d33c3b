"""Resolving what a caller asks for into an order, refusing mistakes before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from config import portfolio_file as portfolios
from config.examples import SHIPPED
from config.portfolio import Portfolio
from config.settings import prepare_home
from quant.errors import InputError
from tasks import notifiers, sources
from tasks.context.context import Context
from tasks.decisions.halts import kill_switch
from tasks.holdings import holdings_files
from tasks.run.lifecycle import RunRequest
from tasks.sources import Request
from tasks.sources._access import access, check
from warehouse.record import ledger
from warehouse.tables.batches import Interval

EAST = timedelta(hours=14)
"""By so much the earliest day on earth is ahead of UTC."""


@dataclass(frozen=True)
class Asked:
    """What a caller may say: a portfolio's name or file, a session, a source; None means the default."""

    portfolio: str
    session: date | None = None
    source: str | None = None
    kill_switch: str | None = None
    url: str | None = None


def plan(
    context: Context,
    asked: Asked,
    flow: str = "daily",
    *,
    since: date | None = None,
    until: date | None = None,
) -> RunRequest:
    """The order for a run. A backfill goes from `since` to the last session up to `until`, any days.

    Raises:
        InputError: anything asked for does not exist, is not allowed or cannot be written; nothing has been.
    """
    entries = _entries(context)
    portfolio = holdings_files.current(context, asked.portfolio)
    file = portfolios.file_of(asked.portfolio, context.home)
    notifiers.check(context.settings, portfolio, file)
    _require_counted(portfolio, context.now())
    calendar = portfolio.exchange()
    session = calendar.resolve(asked.session, context.now())
    if until is not None:
        session = min(session, calendar.last_session(until))
    for name in portfolio.exchanges:
        portfolio.exchange(name).last_session(session)  # refuses a day before the calendar begins
    if since is not None and since > session:
        raise InputError(
            f"the start {since} is after {session}, the last session to fetch: choose an earlier start."
        )
    source = check_source(context, asked.source, portfolio.watched, session, portfolio.calendars)
    portfolio = with_fallback(context, source, portfolio, session)
    prepare_home(context.home)
    return RunRequest(
        flow=flow,
        portfolio=portfolio,
        session=session,
        source=source,
        historical=session < calendar.last_completed(context.now()),
        kill_switch=kill_switch(context.home, portfolio.name) or asked.kill_switch,
        url=asked.url,
        portfolio_file=file.resolve(),
        known_entries=entries,
    )


def _require_counted(portfolio: Portfolio, now: datetime) -> None:
    """Refuse holdings that are to be counted: every split until then would be taken as in them."""
    counted = portfolio.holdings_as_of
    if counted and counted > (now + EAST).date():
        raise InputError(
            f"portfolio {portfolio.name!r}: holdings_as_of = {counted} lies in the future. Write the day on "
            "which the holdings were counted."
        )


def _entries(context: Context) -> int:
    """How many entries the ledger has: fills that come later are not in holdings that are read now."""
    if not context.warehouse.exists():
        return 0
    return context.warehouse.read(ledger.head)[0]


def check_source(
    context: Context,
    text: str | None,
    symbols: Sequence[str],
    session: date,
    calendars: Mapping[str, str] | None = None,
    interval: Interval = "1d",
) -> str:
    """The canonical name of the source, once it is known to have such bars and to reach back to the session.

    `calendars` has the exchange of each symbol, by which instants are days.

    Raises:
        InputError: no such source, its file or a vendor's settings are not right, it has no such bars, or it
            begins later.
    """
    check(context.settings)
    module, location, name = sources.resolve(text or context.settings.source)
    sources.require(module, text or context.settings.source, interval)
    reached = access(context.settings, name)
    request = Request(
        tuple(symbols), None, session, location or reached.address,
        calendars=calendars or {}, token=reached.token, interval=interval,
    )  # fmt: skip
    begins = module.begins(request)
    if begins is not None and session < begins:
        raise InputError(
            f"session {session} is before the source begins: the first session of {name} for "
            f"{', '.join(symbols)} is {begins}. Choose a later session or another source."
        )
    return name


def with_fallback(context: Context, source: str, portfolio: Portfolio, session: date) -> Portfolio:
    """The portfolio with its fallback as this run uses it: behind a vendor, the other sources by their names.

    Behind a file stands nobody: whoever names a file wants that file.

    Raises:
        InputError: a fallback does not exist or cannot be asked.
    """
    wanted = portfolio.data.fallback if sources.resolve(source).source.VENDOR else ()
    calendars = portfolio.calendars
    names = [check_source(context, text, portfolio.watched, session, calendars) for text in wanted]
    others = tuple(dict.fromkeys(name for name in names if name != source))
    changes = {"fallback": others, "cross_check": portfolio.data.cross_check and bool(others)}
    return portfolio.model_copy(update={"data": portfolio.data.model_copy(update=changes)})


def every_portfolio(home: Path) -> Sequence[str]:
    """What `--portfolio all` means: those in HOME/portfolios, and no example.

    Raises:
        InputError: there are none yet.
    """
    found = sorted(portfolios.own(home))
    if not found:
        raise InputError(
            f"there is no portfolio in {home / 'portfolios'} yet, so nothing is run: copy core.toml and "
            f"core.holdings.csv from {SHIPPED} there and make them yours."
        )
    return found
