"""A portfolio that cannot be run, as an order: what is still known of it, so that its people are told."""

import re
from pathlib import Path

from config import portfolio_file as portfolios
from config import salvage
from config.portfolio import Portfolio
from config.settings import prepare_home
from quant.errors import InputError
from tasks import notifiers
from tasks.context.context import Context
from tasks.run.lifecycle import RunRequest
from tasks.run.plan import Asked
from warehouse import runs
from warehouse.database.database import Database


def order(context: Context, asked: Asked, *, typed: bool) -> RunRequest | None:
    """What its failed run is entered as; None where the fault is the caller's: a session or source `typed`.

    A portfolio whose file is not right has no targets; its channels are those that the file still names, else
    those of its last good run, as are its calendar and currency. Without either its message is a preview.
    """
    file = portfolios.file_of(asked.portfolio, context.home)
    try:
        portfolio = portfolios.load(asked.portfolio, context.home)
    except InputError:
        portfolio = _remains(context, file)
    else:
        if typed and _can_tell(context, portfolio, file):
            return None
    calendar = portfolio.exchange()
    try:
        session = calendar.resolve(asked.session, context.now())
    except InputError:
        return None  # nobody would have been sent anything on that day
    prepare_home(context.home)
    return RunRequest(
        flow="daily",
        portfolio=portfolio,
        session=session,
        source=asked.source or context.settings.source,
        historical=session < calendar.last_completed(context.now()),
        url=asked.url,
        portfolio_file=file.resolve(),
    )


def _can_tell(context: Context, portfolio: Portfolio, file: Path) -> bool:
    """Whether all of its channels are right: else the fault is not the caller's."""
    try:
        notifiers.check(context.settings, portfolio, file)
    except InputError:
        return False
    return True


def _remains(context: Context, file: Path) -> Portfolio:
    name = re.sub(r"[^A-Za-z0-9_\-]", "_", file.stem)[:40]
    last = _last(context, name)
    own = salvage.channels_of(file)
    blank = Portfolio.model_construct(name=name, target=(), **own)
    if last is None:
        return blank
    known = {"calendar": last.calendar, "currency": last.currency}
    return blank.model_copy(update=known if own else known | {"slack": last.slack, "channel": last.channel})


def _last(context: Context, name: str) -> Portfolio | None:
    """The portfolio as its last good run had it."""
    if not context.warehouse.exists():
        return None
    config = context.warehouse.read(lambda db: _config(db, name))
    return Portfolio.model_validate_json(config) if config else None


def _config(db: Database, name: str) -> str | None:
    newest = runs.latest(db, name)
    return runs.load(db, newest).config if newest else None
