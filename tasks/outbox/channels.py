"""Which channels there are: everywhere that the last run of each portfolio sends its messages."""

from config.portfolio import stored
from tasks.context.context import Context
from tasks.decisions.halts import ALL
from tasks.notifiers import Channel, channels_of
from warehouse import runs
from warehouse.database.database import Database


def of_portfolio(db: Database, context: Context, portfolio: str) -> list[Channel]:
    """Everywhere the messages of a portfolio, or of all, went in their last run; none twice.

    Empty for a portfolio that has had no run.
    """
    found = (
        channel
        for name in names_of(db, portfolio)
        for channel in channels_of(context.settings, stored(runs.last(db, name).config))
    )
    return list({channel.address: channel for channel in found}.values())


def names_of(db: Database, portfolio: str) -> list[str]:
    """The portfolio, or all, of those that have had a run."""
    known = db.column("run_portfolios")
    return known if portfolio == ALL else [portfolio] if portfolio in known else []
