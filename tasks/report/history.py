"""What a portfolio was worth from session to session, as its recorded runs know it."""

from dataclasses import dataclass
from datetime import date

from config.portfolio import Portfolio
from tasks.report.model import DriftOn, ValueRow
from warehouse.database.database import Database
from warehouse.runs import Run


@dataclass(frozen=True)
class _Recorded:
    """The value of a session, in the portfolio's currency, and its benchmark's return of that day."""

    session: date
    value: float
    benchmark_day: float | None


def values(db: Database, run: Run, portfolio: Portfolio) -> list[ValueRow]:
    """A row for each session up to the run's without a gap: days that nobody recorded cannot be compounded.

    The last year at most, and back to the last session of which the benchmark's day is not known.
    """
    found = db.select(_Recorded, "values_recorded", run_id=run.run_id)
    if len(found) < 2:
        return []
    sessions = reversed(portfolio.exchange().window(run.session, len(found)))
    rows: list[ValueRow] = []
    for session, one in zip(sessions, found, strict=False):
        if one.session != session:
            break
        rows.append(ValueRow(session.isoformat(), one.value, one.benchmark_day))
        if portfolio.benchmark and one.benchmark_day is None:
            break
    return rows[::-1]


def drifts(db: Database, run_id: str, most: int) -> list[DriftOn]:
    """The recorded drifts, by session, of the `most` instruments that are furthest out in a run: a year.

    Of a run for study, and of instruments without a band, there is none.
    """
    return db.select(DriftOn, "drifts_recorded", run_id=run_id, most=most)
