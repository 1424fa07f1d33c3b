"""What a portfolio has sold at a loss so recently that buying it again would disallow the loss."""

from collections.abc import Iterator
from datetime import date

from config.calendars import Calendar
from config.portfolio import Portfolio
from quant.wash_sales import Purchase, SoldAtLoss, WashSales, still_open
from tasks.realised import realised
from tasks.recommendations import standing
from warehouse.connection import Database
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
    sold = still_open([*_sold_at_loss(db, run, portfolio)], bought, day, tax.wash_sale_days)
    return WashSales(block=tax.blocks_wash_sales, sold=sold)


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
