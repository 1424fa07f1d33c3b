"""What a portfolio was worth from session to session, as its recorded runs know it."""

from config.portfolio import Portfolio
from tasks.report.model import DriftOn, ValueRow
from tasks.report.performance import recorded
from warehouse.database.database import Database
from warehouse.runs import Run

MOST = 260
"""Sessions: about a year."""


def values(db: Database, run: Run, portfolio: Portfolio) -> list[ValueRow]:
    """A row for each session up to the run's without a gap: days that nobody recorded cannot be compounded.

    The last year at most, and back to the last session of which the benchmark's day is not known. Of a run
    for study there is none.
    """
    found = [] if run.historical else recorded(db, run)[-MOST:]
    if len(found) < 2:
        return []
    sessions = portfolio.exchange().window(run.session, len(found))
    rows: list[ValueRow] = []
    earlier = [*found[-2::-1], None]
    for session, one, before in zip(reversed(sessions), reversed(found), earlier, strict=False):
        if one.session != session:
            break
        flow = one.flows - before.flows if before else 0.0
        rows.append(ValueRow(session.isoformat(), one.value, one.benchmark_day, flow))
        if portfolio.benchmark and one.benchmark_day is None:
            break
    return rows[::-1]


def drifts(db: Database, run_id: str, most: int) -> list[DriftOn]:
    """The recorded drifts, by session, of the `most` instruments that are furthest out in a run: a year.

    Of a run for study, and of instruments without a band, there is none.
    """
    return db.select(DriftOn, "drifts_recorded", run_id=run_id, most=most)
