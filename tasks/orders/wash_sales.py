"""What a portfolio has sold at a loss so recently that buying it again would disallow the loss."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from config.holdings import Lot
from config.portfolio import Portfolio
from config.replaced import Histories
from quant.trading.wash_sales import SoldAtLoss, WashSales, still_open
from tasks.ingest.source_selection import serving
from tasks.orders.disallowed import Split, histories
from tasks.orders.entries import Fill, key
from tasks.orders.recommendations import standing
from warehouse import history
from warehouse.database.database import Database
from warehouse.history import Window
from warehouse.record.entered import Entered
from warehouse.runs import Run


def before(db: Database, run: Run, portfolio: Portfolio) -> WashSales | None:
    """The losses that orders of the run's session would disallow; None without [tax], and with accounts.

    Sales are those of imported fills, less what is disallowed already.
    """
    tax = portfolio.tax
    if tax is None or portfolio.accounts_digest:
        return None
    day = portfolio.exchange().next_close(run.session).date()
    fx = {key(fill): fill.said.fx for fill in standing(db)}
    sold = [
        SoldAtLoss(
            symbol=symbol,
            day=loss.day,
            acquired=loss.acquired,
            quantity=float(loss.quantity),
            loss=float(loss.quantity * loss.loss) * fx[loss.sale],
        )
        for (_, symbol), one in past(db, run, portfolio, {None: portfolio.lots}).items()
        for loss in one.losses
    ]
    return WashSales(block=tax.blocks_wash_sales, sold=still_open(sold, day, tax.wash_sale_days))


def past(db: Database, run: Run, portfolio: Portfolio, held: Mapping[str | None, Sequence[Lot]]) -> Histories:
    """What earlier fills have left of the portfolio's symbols, in shares of the run's session.

    `held` are the lots of each account as they are now.
    """
    window = portfolio.tax.wash_sale_days if portfolio.tax else 0
    fills = [one for one in standing(db) if one.said.symbol in portfolio.symbols]
    return histories(fills, run.portfolio, held, window, _splits(db, run, portfolio, fills))


def _splits(db: Database, run: Run, portfolio: Portfolio, fills: Sequence[Entered[Fill]]) -> Split:
    """How many shares on the run's session a share of each of the fills' symbols has become since a day."""
    own = [one.said for one in fills if one.said.portfolio == run.portfolio]
    days = [said.booked_on for said in own]
    # From some sessions before: an action on the first day of a window does not count.
    first = min(days, default=run.session) - timedelta(days=15)
    sessions = portfolio.exchange().sessions(first, run.session) if days else []
    if not sessions or run.known_at is None:
        return lambda _symbol, _day: Decimal(1)
    read_from = serving(db, run, portfolio).read_from
    known = history.window(db, {said.symbol: read_from[said.symbol] for said in own}, sessions, run.known_at)
    return lambda symbol, day: Decimal(repr(_split_since(known, symbol, day)))


def _split_since(known: Window, symbol: str, day: date) -> float:
    """How many shares a share of `day` has become."""
    later = known.sessions > np.datetime64(day)
    return float(known.splits[later, known.symbols.index(symbol)].prod())
