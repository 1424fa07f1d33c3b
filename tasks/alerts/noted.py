"""What a run found of falls, noted as alerts: the same one is not told again in the evening."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from tasks.alerts import silences
from tasks.alerts.grouping import as_told, gravity
from tasks.alerts.life import Fall, begun, merged
from warehouse import alerts
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.alerts import AlertPortfolio, AlertState, AlertTest
from warehouse.tables.found import AlertRow


def note(db: Database, run: Run, rows: Sequence[AlertRow], now: datetime) -> None:
    """Keep the alerts of a run; what is not of the last session is for study and begins none.

    Those of earlier sessions that this portfolio had are over: the session after was seen to its end.
    """
    if run.historical:
        return
    over = alerts.outlived(db, run.portfolio, run.session)
    alerts.store(db, [replace(one, state="resolved", resolved_at=now) for one in over])
    falls = [_fall(run, row) for row in rows]
    if not falls:
        return
    known = alerts.of(db, [one.fingerprint for one in falls])
    for fall in falls:
        before = known.get(fall.fingerprint)
        known[fall.fingerprint] = _again(before, merged(before, fall)) if before else begun(fall, now)
    alerts.store(db, list(known.values()))
    alerts.store_tests(
        db, [AlertTest(one.fingerprint, name, value) for one in falls for name, value in one.tests.items()]
    )
    linked = _links(db, run.portfolio, known)
    silent = silences.active(db, now)
    alerts.store_portfolios(
        db,
        [
            replace(
                linked.get(key) or AlertPortfolio(key, run.portfolio, run.run_id),
                muted=silences.why(silent, one, run.portfolio),
            )
            for key, one in known.items()
        ],
    )


def to_tell(
    db: Database, run: Run, rows: Sequence[AlertRow], now: datetime
) -> tuple[list[AlertRow], datetime]:
    """Those of a run's alerts that its portfolio is to be told, and since when the newest of them is told.

    Not those that are silenced, and those that the watch has told. They are noted, and noted as told; what a
    run tells again it tells as of then, so that it goes where it went.
    """
    if run.historical:
        return [*rows], now
    note(db, run, rows, now)
    keys = fingerprints(run, rows)
    linked = _links(db, run.portfolio, keys)
    known = alerts.of(db, keys)
    told = {
        key
        for key, one in linked.items()
        if one.muted or (one.told_at and one.run_id is None and known[key].state == "resolved")
        or (one.told_at and one.run_id is None and not _is_news(one, known[key]))
    }  # fmt: skip
    fresh = [one for key, one in linked.items() if key not in told and _is_news(one, known[key])]
    alerts.store_portfolios(
        db, [replace(as_told(one, known[one.fingerprint], now), run_id=run.run_id) for one in fresh]
    )
    before = [one.told_at for key, one in linked.items() if key not in told and one.told_at]
    since = now if fresh else max(before, default=now)
    return [row for key, row in zip(keys, rows, strict=True) if key not in told], since


def _again(before: AlertState, later: AlertState) -> AlertState:
    """The alert after a run found it: one that was over and is found graver fires again."""
    if before.state != "resolved" or before.severity == later.severity:
        return later
    return replace(later, state="firing", acknowledged_at=None, acknowledged_by=None, resolved_at=None)


def _is_news(link: AlertPortfolio, alert: AlertState) -> bool:
    """Whether an alert was never told, or is graver or surer than it was told."""
    return not (link.told_as or "").startswith(gravity(alert))


def fingerprints(run: Run, rows: Sequence[AlertRow]) -> list[str]:
    """The alerts that a run's rows are of, in their order."""
    return [_fall(run, row).fingerprint for row in rows]


def _links(db: Database, portfolio: str, keys: Collection[str]) -> dict[str, AlertPortfolio]:
    return {one.fingerprint: one for one in alerts.portfolios(db, keys) if one.portfolio == portfolio}


def _fall(run: Run, row: AlertRow) -> Fall:
    depth = abs(row.move) if row.move is not None else None
    return Fall(
        row.kind, row.symbol, run.session, row.at, row.severity, row.confirmed, row.detail, row.move, depth,
        tests={row.kind: row.move},
    )  # fmt: skip
