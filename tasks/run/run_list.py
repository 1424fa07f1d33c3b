"""Which runs there are, and which of them stand."""

from dataclasses import dataclass
from datetime import date, datetime

from quant.errors import InputError
from tasks.context.context import Context
from warehouse import runs
from warehouse.database.database import Database


@dataclass(frozen=True)
class Listed:
    """One daily run; `superseded_by` is the newer run that has replaced it, None while it stands."""

    run_id: str
    portfolio: str
    session: date
    status: str
    historical: bool
    started_at: datetime
    superseded_by: str | None


def listing(context: Context, portfolio: str | None, session: date | None) -> list[Listed]:
    """The daily runs of a portfolio and a session, or of all, the newest first.

    Raises:
        InputError: no run of that portfolio was ever made.
    """
    return context.warehouse.transact(lambda db: _listed(db, portfolio, session, context.now()))


def _listed(db: Database, portfolio: str | None, session: date | None, now: datetime) -> list[Listed]:
    runs.close_dead(db, now)
    known = db.column("run_portfolios")
    if portfolio is not None and portfolio not in known:
        raise InputError(
            f"portfolio {portfolio!r}: no run of it was made; there are runs of {', '.join(known) or 'none'}."
        )
    return db.select(Listed, "runs_listed", portfolio=portfolio, session=session)
