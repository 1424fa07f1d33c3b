"""What a portfolio has sold at a loss so recently that buying it again would disallow the loss."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from config.calendars import Calendar
from config.portfolio import Portfolio
from quant.wash_sales import Purchase, SoldAtLoss, WashSales, still_open
from tasks.realised import realised
from tasks.recommendations import standing
from tasks.serving import serving
from warehouse import history
from warehouse.connection import Database
from warehouse.history import Window
from warehouse.runs import Run


def before(db: Database, run: Run, portfolio: Portfolio) -> WashSales | None:
    """The losses that orders of the run's session would disallow; None without [tax], and with accounts.

    Sales are those of imported fills, purchases the lots that are held.
    """
    tax = portfolio.tax
    if tax is None or portfolio.accounts_digest:
        return None
    day = Calendar(portfolio.calendar).next_close(run.session).date()
    bought = [
        Purchase(lot.symbol, lot.acquired, lot.quantity) for lot in portfolio.lots if lot.acquired is not None
    ]
    sold = _in_its_shares(db, run, portfolio, [*_sold_at_loss(db, run, portfolio)])
    return WashSales(block=tax.blocks_wash_sales, sold=still_open(sold, bought, day, tax.wash_sale_days))


def _sold_at_loss(db: Database, run: Run, portfolio: Portfolio) -> Iterator[SoldAtLoss]:
    """The sales of the portfolio's symbols, each with its lots at a loss."""
    for said in (fill.payload for fill in standing(db)):
        losing = [lot for lot in realised(said) if lot.gain is not None and lot.gain < 0]
        if losing and said["symbol"] in portfolio.symbols and said["portfolio"] == run.portfolio:
            yield SoldAtLoss(
                symbol=said["symbol"],
                day=date.fromisoformat(said["day"]),
                quantity=sum(lot.quantity for lot in losing),
                loss=-sum(lot.gain or 0.0 for lot in losing),
            )


def _in_its_shares(
    db: Database, run: Run, portfolio: Portfolio, sold: Sequence[SoldAtLoss]
) -> list[SoldAtLoss]:
    """The sales in shares of the run's session, as its orders and holdings are: a split multiplies them."""
    earliest = min((one.day for one in sold), default=run.session)
    # From some sessions before: an action on the first day of a window does not count.
    sessions = Calendar(portfolio.calendar).sessions(earliest - timedelta(days=15), run.session)
    if not sold or not sessions or run.known_at is None:
        return [*sold]
    read_from = serving(db, run, portfolio).read_from
    known = history.window(db, {one.symbol: read_from[one.symbol] for one in sold}, sessions, run.known_at)
    return [
        one.model_copy(update={"quantity": one.quantity * _split_since(known, one.symbol, one.day)})
        for one in sold
    ]


def _split_since(known: Window, symbol: str, day: date) -> float:
    """How many shares a share of `day` has become."""
    later = known.sessions > np.datetime64(day)
    return float(known.splits[later, known.symbols.index(symbol)].prod())
