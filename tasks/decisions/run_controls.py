"""The circumstances of a run: read under the lock and kept with it, so that a replay decides the same."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile

from config.portfolio import stored
from quant.book.book import Side
from quant.rebalance.controls import Controls, Enabled, Repeated, repeated
from tasks.decisions import halts, overrides
from tasks.decisions.halts import ALL
from tasks.decisions.kept_controls import of
from tasks.orders import wash_sales
from warehouse.database.database import Database
from warehouse.runs import Run


@dataclass(frozen=True)
class _Earlier:
    """A run of an earlier session of the portfolio, or the run itself; `blocked`: a limit held a trade."""

    run_id: str
    session: date
    started_at: datetime
    blocked: bool


@dataclass(frozen=True)
class _Order:
    """An order that nobody rejected, replaced or filled."""

    run_id: str
    symbol: str
    side: Side


@dataclass(frozen=True)
class _Notional:
    """What other portfolios trade in one currency, in sum."""

    currency: str
    notional: float


def keep(db: Database, run: Run, now: datetime) -> Run:
    """Store with a run what people have decided and other runs have done until now; the run with that."""
    found = controls(db, run, now)
    _store(db, run.run_id, found)
    return replace(run, controls=found.model_dump_json())


def controls(db: Database, run: Run, now: datetime) -> Controls:
    """What people have decided and other runs have done until now, as far as a run depends on it."""
    portfolio = stored(run.config)
    total = portfolio.risk.max_notional_total
    halt = halts.disabled(db, run.portfolio, run.run_id)
    return Controls(
        overrides=overrides.in_force(db, run.portfolio, now),
        repeated=_repeated(db, run) if portfolio.risk.max_repeats else {},
        notional_elsewhere=_notional_elsewhere(db, run, portfolio.currency) if total is not None else 0.0,
        enabled=_enabled(db, run),
        disabled=str(halt) if halt else None,
        wash_sales=wash_sales.before(db, run, portfolio),
    )


def count_blocked(db: Database, run: Run, now: datetime) -> None:
    """Disable the portfolio of a run (trades and checks are stored) when too many in a row were blocked."""
    run_id, allowed = run.run_id, stored(run.config).risk.disable_after
    before = halts.last(db, run.portfolio)
    if run.historical or not allowed:
        return
    if before and before.state == "disabled":
        if run_id in before.runs:  # a retry has disabled it already
            _store(db, run_id, of(run).model_copy(update={"disabled": str(before)}))
        return
    rows = [row for row in _before(db, run) if before is None or row.started_at > before.at]
    blocked = [row.run_id for row in takewhile(lambda row: row.blocked, rows)]
    if len(blocked) >= allowed:
        halt = halts.disable_blocked(db, run.portfolio, blocked[:allowed][::-1], now)
        _store(db, run_id, of(run).model_copy(update={"disabled": str(halt)}))


def _store(db: Database, run_id: str, found: Controls) -> None:
    db.run("run_controls", run_id=run_id, controls=found.model_dump_json())


def _before(db: Database, run: Run) -> list[_Earlier]:
    asked = {"run_id": run.run_id, "portfolio": run.portfolio, "session": run.session}
    return db.select(_Earlier, "runs_before", **asked)


def _repeated(db: Database, run: Run) -> dict[str, Repeated]:
    before = [row.run_id for row in _before(db, run) if row.run_id != run.run_id]
    sides: dict[str, dict[str, Side]] = {run_id: {} for run_id in before}
    for order in db.select(_Order, "orders_waiting", run_ids=before):
        sides[order.run_id][order.symbol] = order.side
    return repeated(list(sides.values()))


def _notional_elsewhere(db: Database, run: Run, currency: str) -> float | None:
    """None when some of it is in another currency."""
    found = db.select(_Notional, "notional_elsewhere", portfolio=run.portfolio, session=run.session)
    if any(one.currency != currency for one in found):
        return None
    return float(sum(one.notional for one in found))


def _enabled(db: Database, run: Run) -> Enabled | None:
    """The newest enabling that no other run of the portfolio has seen yet."""
    found = [one for one in (halts.last(db, run.portfolio), halts.last(db, ALL)) if one]
    for one in found:
        since = {"portfolio": run.portfolio, "run_id": run.run_id, "since": one.at}
        if one.state == "enabled" and one.by and not db.column("runs_since", **since):
            return Enabled(portfolio=one.portfolio, at=one.at, by=one.by, reason=one.reason)
    return None
