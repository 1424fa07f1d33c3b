"""A portfolio's own return, from the values that its runs have recorded and the flows of its file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from math import prod

import numpy as np

from config.portfolio import Portfolio
from quant.performance.time_weighted import time_weighted
from tasks.report.model import Performance
from warehouse.database.database import Database
from warehouse.runs import Run


@dataclass(frozen=True)
class Recorded:
    """What a portfolio was worth at the close of a session, without later flows; `flows`: all up to it.

    `benchmark_day` is what its benchmark did that day, where it is known; `run_id` the run that knows it.
    """

    session: date
    value: float
    flows: float
    benchmark_day: float | None
    run_id: str


def recorded(db: Database, run: Run) -> list[Recorded]:
    """The values of a run's portfolio by session, up to its own, as the newest run of each knows them."""
    scope = {"run_id": run.run_id, "session": run.session, "started_at": run.started_at}
    return db.select(Recorded, "recorded_values", portfolio=run.portfolio, **scope)


def of(db: Database, run: Run, portfolio: Portfolio) -> Performance | None:
    """The returns up to a run's session; None of one for study, and before there are two values.

    A flow counts from the first run on that knows it, whose `cash` has it: so a flow that is written late
    moves no return of before.
    """
    if run.historical or run.value is None:
        return None
    rows = recorded(db, run)
    if len(rows) < 2:
        return None
    first = rows[0].session
    values, flows = (np.array([getattr(row, name) for row in rows]) for name in ("value", "flows"))
    days = np.array([row.session for row in rows], "datetime64[D]")
    known = portfolio.exchange().sessions(min(first, date(run.session.year, 1, 1)), run.session)
    sessions = np.union1d(np.array(known, "datetime64[D]"), days)
    found = time_weighted(values, np.diff(flows, prepend=0.0), days, sessions)
    market = _benchmark(rows, int(np.count_nonzero(sessions >= days[0])))
    return Performance(**asdict(found), first=first.isoformat(), benchmark_since=market)


def _benchmark(rows: Sequence[Recorded], sessions: int) -> float | None:
    """What the benchmark has returned since the first row; None where a day of it is not known."""
    moved = [row.benchmark_day for row in rows[1:]]
    known = [one for one in moved if one is not None]
    return prod(1 + one for one in known) - 1 if len(known) == len(moved) == sessions - 1 else None
