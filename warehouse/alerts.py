"""Alerts with their lives. Every function works inside one unit of work."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar

from warehouse.database.database import Database
from warehouse.tables.alerts import AlertPortfolio, AlertState, AlertTest
from warehouse.tables.table import stored

R = TypeVar("R", AlertState, AlertTest, AlertPortfolio)


def of(db: Database, fingerprints: Collection[str]) -> dict[str, AlertState]:
    """The alerts with these fingerprints that are known, by fingerprint."""
    found = db.select(AlertState, "alerts_by_fingerprint", fingerprints=list(fingerprints))
    return {one.fingerprint: one for one in found}


def named(db: Database, beginning: str) -> list[AlertState]:
    """The alerts whose fingerprints begin so, the oldest first."""
    return db.select(AlertState, "alerts_named", beginning=beginning)


def listed(db: Database, since: datetime) -> list[AlertState]:
    """What is not over, and what has fired since an instant (aware); the newest first."""
    return db.select(AlertState, "alerts_listed", since=since.astimezone(UTC).replace(tzinfo=None))


def of_session(db: Database, portfolio: str, session: date) -> list[AlertState]:
    """The alerts of a session that concern a portfolio, the oldest first."""
    return db.select(AlertState, "alerts_of_session", portfolio=portfolio, session=session)


def outlived(db: Database, portfolio: str, session: date) -> list[AlertState]:
    """Alerts that concern a portfolio, are of sessions before this one and not over."""
    return db.select(AlertState, "alerts_outlived", portfolio=portfolio, session=session)


def kinds(db: Database) -> list[str]:
    """Every kind of alert that there was, by name."""
    return db.column("alerts_kinds")


def tests(db: Database, fingerprints: Collection[str]) -> list[AlertTest]:
    """What the tests said of alerts, by fingerprint and test."""
    return db.select(AlertTest, "alerts_tests", fingerprints=list(fingerprints))


def portfolios(db: Database, fingerprints: Collection[str]) -> list[AlertPortfolio]:
    """The portfolios that alerts concern, by fingerprint and portfolio."""
    return db.select(AlertPortfolio, "alerts_portfolios", fingerprints=list(fingerprints))


def watched(db: Database, session: date, portfolios: Collection[str]) -> list[AlertPortfolio]:
    """How portfolios stand to the alerts of a session that the watch saw, by fingerprint and portfolio."""
    return db.select(AlertPortfolio, "alerts_watched", session=session, portfolios=list(portfolios))


def uncalled(db: Database) -> list[AlertPortfolio]:
    """Who was told of a critical alert that nobody looks after, the longest ago first."""
    return db.select(AlertPortfolio, "alerts_uncalled")


def store(db: Database, rows: Sequence[AlertState]) -> None:
    """Keep alerts as they stand now, instead of what was known of them."""
    _instead(db, AlertState, rows, ("fingerprint",))


def store_tests(db: Database, rows: Sequence[AlertTest]) -> None:
    """Keep what tests said, instead of what the same tests said before."""
    _instead(db, AlertTest, rows, ("fingerprint", "test"))


def store_portfolios(db: Database, rows: Sequence[AlertPortfolio]) -> None:
    """Keep how portfolios stand to alerts, instead of how they stood."""
    _instead(db, AlertPortfolio, rows, ("fingerprint", "portfolio"))


def _instead(db: Database, row: type[R], rows: Sequence[R], key: Sequence[str]) -> None:
    if not rows:
        return
    same = " and ".join(f'old."{one}" = new."{one}"' for one in key)
    with db.incoming(incoming=stored(row, rows)):
        db.execute(f'delete from "{row.TABLE}" old where exists (select 1 from incoming new where {same})')  # noqa: S608 - names of a class
        db.execute(f'insert into "{row.TABLE}" by name select * from incoming')  # noqa: S608
