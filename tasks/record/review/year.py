"""What happened in a year, counted from the ledger, the runs and the alerts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import median

from quant.risk.var_backtest import kupiec
from tasks.alerts.decided import Acknowledged
from tasks.decisions import halts, overrides
from tasks.orders import recommendations
from tasks.orders.entries import Change, Fill
from tasks.record.review.controls import controls
from tasks.record.review.model import AlertCount, Breach, Calibration, Person, Review
from tasks.report.performance import recorded
from warehouse import alerts
from warehouse.database.database import Database
from warehouse.record.ledger import GENESIS, Entry
from warehouse.runs import Run
from warehouse.tables.alerts import AlertState
from warehouse.tables.found import CheckRow, Trade
from warehouse.tables.table import of_run

VAR = "var_95"
SHARE = 0.05
"""Of sessions that a right value at risk at 95% is exceeded on."""
SEVERITIES = ("critical", "warning", "info")
DAILY = "daily"
NOISE = 1e-9
"""A loss that is as large as the value at risk up to this is none beyond it."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def review(
    db: Database, year: int, found: Sequence[Run], own: Sequence[Entry], chain: Sequence[Entry], now: datetime
) -> Review:
    """The review of a year: its runs, its entries, and the ledger up to the last of them."""
    daily = [run for run in found if run.flow == DAILY and run.status != "running"]
    checks = {run.run_id: of_run(db, run.run_id, CheckRow) for run in daily}
    trades = {run.run_id: of_run(db, run.run_id, Trade) for run in daily}
    orders = Counter(one.state for run in daily for one in recommendations.of_run(db, run.run_id, now))
    fired = [one for one in alerts.listed(db, LONG_AGO) if one.session.year == year]
    portfolios = sorted({run.portfolio for run in daily})
    return Review(
        year=year,
        runs=len(daily),
        failed=sum(run.status == "failed" for run in daily),
        portfolios=portfolios,
        orders=dict(sorted(orders.items())),
        held=sum(row.status == "held" for rows in trades.values() for row in rows),
        people=_people(own),
        breaches=_breaches(daily, checks),
        alerts=_alerts(fired),
        calibration=[_calibration(db, name, daily, checks) for name in portfolios],
        certificates=0,
        controls=controls(own, daily, fired),
        entries=len(own),
        hash=chain[-1].hash if chain else GENESIS,
    )  # fmt: skip


def _people(own: Iterable[Entry]) -> list[Person]:
    """Everybody who decided something, by name."""
    counts: dict[str, Counter[str]] = {}
    for one in own:
        name, what = one.payload.get("by"), _decision(one)
        if what and isinstance(name, str) and name:
            counts.setdefault(name, Counter())[what] += 1
    fields = [name for name in Person.model_fields if name != "name"]
    return [
        Person(name=name, **{field: of[field] for field in fields}) for name, of in sorted(counts.items())
    ]


def _decision(entry: Entry) -> str | None:
    """What an entry counts as, by the fields of `Person`; None: nothing that a person decided."""
    state = entry.payload.get("state")
    if entry.kind == Change.KIND:
        return {"approved": "approved", "approved_once": "approved", "rejected": "rejected"}.get(str(state))
    if entry.kind == overrides.Spoken.KIND:
        return {"requested": "overrides_requested", "approved": "overrides_approved"}.get(str(state))
    if entry.kind == halts.Switched.KIND:
        return str(state)
    return {Fill.KIND: "fills", Acknowledged.KIND: "acknowledged"}.get(entry.kind)


def _breaches(daily: Sequence[Run], checks: Mapping[str, Sequence[CheckRow]]) -> list[Breach]:
    """The checks that blocked, the most frequent first."""
    found: dict[str, set[str]] = {}
    portfolios: dict[str, set[str]] = {}
    for run in daily:
        for row in checks[run.run_id]:
            if row.status == "block":
                found.setdefault(row.check, set()).add(run.run_id)
                portfolios.setdefault(row.check, set()).add(run.portfolio)
    ordered = sorted(found, key=lambda name: (-len(found[name]), name))
    return [Breach(check=one, runs=len(found[one]), portfolios=sorted(portfolios[one])) for one in ordered]


def _alerts(fired: Sequence[AlertState]) -> list[AlertCount]:
    counts = []
    for severity in SEVERITIES:
        own = [one for one in fired if one.severity == severity]
        answered = [
            (one.acknowledged_at - one.fired_at).total_seconds() / 60 for one in own if one.acknowledged_at
        ]
        counts.append(
            AlertCount(
                severity=severity,
                fired=len(own),
                confirmed=sum(one.confirmed for one in own),
                acknowledged=len(answered),
                median_minutes=median(answered) if answered else None,
                longest_minutes=max(answered, default=None),
            )
        )
    return counts


def _calibration(
    db: Database, portfolio: str, daily: Sequence[Run], checks: Mapping[str, Sequence[CheckRow]]
) -> Calibration:
    """Of a portfolio's sessions that follow each other in the record, those that lost more than expected."""
    own = [run for run in daily if run.portfolio == portfolio and not run.historical]
    risk = {run.session: value for run in own if (value := _var(checks[run.run_id])) is not None}
    breaches = sessions = 0
    for before, after, change in _returns(db, own):
        if before in risk and after.year == own[-1].session.year:
            sessions += 1
            breaches += -change > risk[before] + NOISE
    return Calibration(
        portfolio=portfolio,
        sessions=sessions,
        breaches=breaches,
        expected=SHARE * sessions,
        p_value=kupiec(breaches, sessions, SHARE).p if sessions else None,
    )


def _var(rows: Iterable[CheckRow]) -> float | None:
    found = (row.value for row in rows if row.check == VAR and row.value is not None)
    return next(iter(found), None)


def _returns(db: Database, own: Sequence[Run]) -> list[tuple[date, date, float]]:
    """From each recorded session to the next one the return, what came in between left out."""
    if not own:
        return []
    newest = max(own, key=lambda run: (run.session, run.started_at))
    rows = recorded(db, newest)
    return [
        (one.session, two.session, two.value / base - 1)
        for one, two in pairwise(rows)
        if (base := one.value + two.flows - one.flows) > 0
    ]
