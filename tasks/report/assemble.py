"""Assembling the run report from the ledger: the same for a run that just ended and one of last year."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from types import ModuleType
from typing import TypeVar

from config.portfolio import Portfolio, stored
from quant import signals, volatility
from quant.policy.policy import FIXED
from quant.rebalance.controls import Controls, Enabled
from quant.risk import contributions
from tasks.context.instants import instant
from tasks.decisions import kept_controls
from tasks.ingest import run_batches
from tasks.ingest.source_selection import serving
from tasks.orders import recommendations, supersession
from tasks.orders.recommendations import Recommendation
from tasks.report import fetched, history, notices, performance
from tasks.report.model import (
    AccountDrift,
    AccountsRow,
    Allocation,
    AllocationRow,
    Benchmark,
    ConstructionStatus,
    EnabledRow,
    HeldBy,
    Ledger,
    OverrideRow,
    Report,
    Risk,
    RunStatus,
    SignalRow,
    TradeRow,
    VolatilityRow,
)
from tasks.report.words import changes
from tasks.snapshot import gaps
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import ledger, seals
from warehouse.runs import Run
from warehouse.tables.found import (
    AlertRow,
    CheckRow,
    Construction,
    Contribution,
    DriftRow,
    Signal,
    Trade,
    TriggerRow,
    Volatility,
)
from warehouse.tables.table import names
from warehouse.tables.table import of_run as rows_of_run

Measure = TypeVar("Measure", Volatility, Signal)
Concerning = Callable[[str, str], list[CheckRow]]


@dataclass(frozen=True)
class Standing:
    """The accounts of one status: how many, their value, and what their trades come to (both NULL: none)."""

    status: RunStatus
    accounts: int
    value: float | None
    traded: float | None


@dataclass(frozen=True)
class Constructed:
    """How many accounts had an optimum that ended so."""

    status: ConstructionStatus
    accounts: int


HOLD_ALL = frozenset({"data", "kill_switch"})
"""The checks that hold a portfolio even when it has nothing to trade."""


def assemble(db: Database, run_id: str, now: datetime) -> Report:
    """The report of a run, from its rows alone; `now` tells which recommendations have expired."""
    return of_run(db, runs.load(db, run_id), now)


def of_run(db: Database, run: Run, now: datetime) -> Report:
    """The report of a run as it was loaded in the same visit."""
    run_id, portfolio = run.run_id, stored(run.config)
    trades, checks = rows_of_run(db, run_id, Trade), rows_of_run(db, run_id, CheckRow)
    batches = run_batches.batches(db, run, portfolio)
    served_by = serving(db, run, portfolio).served_by
    controls, stands = kept_controls.of(run), supersession.standing(db, run, now)
    return Report(
        run_id=run_id,
        flow=run.flow,
        portfolio=run.portfolio,
        session=run.session.isoformat(),
        known_at=instant(run.known_at) if run.known_at else None,
        historical=run.historical,
        example=portfolio.example,
        status="failed" if run.status == "failed" else outcome(trades, checks),
        currency=portfolio.currency,
        time_zone=portfolio.exchange().zone.key,
        value=run.value,
        cash=run.cash,
        returns=fetched.returns(batches),
        benchmark=Benchmark(
            symbol=portfolio.benchmark,
            day=run.benchmark_day,
            month=run.benchmark_month,
            year=run.benchmark_year,
        ),
        performance=performance.of(db, run, portfolio),
        data=fetched.data(db, run, batches, served_by, portfolio),
        drift=rows_of_run(db, run_id, DriftRow),
        triggers=rows_of_run(db, run_id, TriggerRow),
        volatility=[
            VolatilityRow(row.symbol, row.estimator, row.window, row.annualised, over_gap)
            for row, over_gap in _over_gaps(db, run, portfolio, Volatility, volatility)
        ],
        signals=[
            SignalRow(row.symbol, row.signal, row.value, row.action, row.label, over_gap)
            for row, over_gap in _over_gaps(db, run, portfolio, Signal, signals)
        ],
        trades=_trades(db, run, portfolio, trades, checks, now),
        checks=checks,
        alerts=rows_of_run(db, run_id, AlertRow),
        notices=notices.of_run(db, run_id),
        earlier=notices.earlier(db, run_id),
        previous=changes.told_before(db, run_id),
        history=history.values(db, run, portfolio),
        construction=next(iter(rows_of_run(db, run_id, Construction)), None),
        risk=_risk(db, run, portfolio),
        accounts=_accounts(db, run_id),
        allocation=_allocation(db, run, portfolio),
        overrides=_overrides(controls),
        enabled=_enabled(controls.enabled),
        disabled=controls.disabled,
        superseded_by=stands.superseded_by,
        withdrawn=stands.withdrawn,
        replaces=[*stands.replaces],
        error=run.error,
        docs=run.docs,
        url=run.url,
        ledger=_ledger(db, run),
    )


def _trades(
    db: Database,
    run: Run,
    portfolio: Portfolio,
    trades: Sequence[Trade],
    checks: Sequence[CheckRow],
    now: datetime,
) -> list[TradeRow]:
    """The rows of trades with where each recommendation stands; those of a failed run are held."""
    if run.status == "failed":
        return trade_rows(not_to_be_done(trades), checks, portfolio, [None] * len(trades))
    known = recommendations.of_trades(db, run.run_id, trades, now)
    lives = {(one.symbol, one.side): one for one in known}
    standing = [lives.get((row.symbol, row.side)) for row in trades]
    return trade_rows(trades, checks, portfolio, standing)


def _overrides(controls: Controls) -> list[OverrideRow]:
    return [
        OverrideRow(
            id=one.id, check=one.check, symbol=one.symbol, by=one.by, approved_by=one.approved_by,
            until=instant(one.until.astimezone(UTC)), reason=one.reason,
        )
        for one in controls.overrides
    ]  # fmt: skip


def _enabled(found: Enabled | None) -> EnabledRow | None:
    if found is None:
        return None
    at = instant(found.at.astimezone(UTC))
    return EnabledRow(portfolio=found.portfolio, at=at, by=found.by, reason=found.reason)


def _ledger(db: Database, run: Run) -> Ledger:
    entry = ledger.entry(db, run.entry) if run.entry else None
    return Ledger(
        data_digest=run.panel_digest,
        config_digest=seals.text_digest(run.config),
        code=run.made_with.get("code", ""),
        hash=entry.hash if entry else None,
        previous=entry.previous if entry else ledger.head(db)[1],
    )


def _over_gaps(
    db: Database, run: Run, portfolio: Portfolio, table: type[Measure], package: ModuleType
) -> list[tuple[Measure, bool]]:
    """The measures of a run, each with whether a session is missing in what it reads."""
    rows = rows_of_run(db, run.run_id, table)
    last = {gap.symbol: gap.last for gap in gaps.missing(run).gaps}

    calendars = portfolio.calendars

    @cache
    def begins(calendar: str, count: int) -> date:
        return portfolio.exchange(calendar).window(run.session, count)[0]

    def first(symbol: str, count: int) -> date:
        return begins(calendars[symbol], count)

    over_gap = gaps.over_gaps(rows, package, last, first) if last else [False] * len(rows)
    return list(zip(rows, over_gap, strict=True))


def _accounts(db: Database, run_id: str) -> AccountsRow | None:
    """What the accounts of a run came to; None of a portfolio without any."""
    found = db.select(Standing, "accounts_by_status", run_id=run_id)
    if not found:
        return None
    value = sum(row.value or 0.0 for row in found)
    constructed = db.select(Constructed, "accounts_by_construction", run_id=run_id)
    return AccountsRow(
        count=sum(row.accounts for row in found),
        by_status={row.status: row.accounts for row in found},
        turnover=sum(row.traded or 0.0 for row in found) / value if value > 0 else None,
        largest=db.select(AccountDrift, "accounts_largest", run_id=run_id),
        held=db.select(HeldBy, "accounts_held", run_id=run_id),
        by_construction={row.status: row.accounts for row in constructed},
    )


def _risk(db: Database, run: Run, portfolio: Portfolio) -> Risk | None:
    """Where the portfolio's volatility comes from; None of a run that did not look."""
    if contributions.NAME not in (run.measures or ()):
        return None
    parts = rows_of_run(db, run.run_id, Contribution)
    return Risk(volatility=run.risk_volatility, method=portfolio.risk.covariance, contributions=parts)


def _allocation(db: Database, run: Run, portfolio: Portfolio) -> Allocation | None:
    """The weights in force; of a model that the run did not come to ask, None."""
    model = portfolio.allocation.model
    if model == FIXED:
        targets = portfolio.target
        rows = [AllocationRow(row.symbol, row.weight, row.weight) for row in targets]
        return Allocation(model=model, status="fixed", reason=None, fitted_on=None, weights=rows)
    if run.allocation_fitted_on is None:
        return None
    return Allocation(
        model=model,
        status="fallback" if run.allocation_reason else "applied",
        reason=run.allocation_reason,
        fitted_on=run.allocation_fitted_on.isoformat(),
        weights=rows_of_run(db, run.run_id, AllocationRow),
    )


def outcome_of(db: Database, run_id: str) -> RunStatus:
    """What the stored trades of a run came to."""
    return outcome(rows_of_run(db, run_id, Trade), rows_of_run(db, run_id, CheckRow))


def outcome(trades: Sequence[Trade], checks: Sequence[CheckRow]) -> RunStatus:
    """What the trades of a run came to."""
    held = sum(trade.status == "held" for trade in trades)
    if not trades:
        blocked = any(check.status == "block" and check.check in HOLD_ALL for check in checks)
        return "held" if blocked else "no_action"
    if held == len(trades):
        return "held"
    return "partial" if held else "recommended"


def not_to_be_done(trades: Sequence[Trade]) -> list[Trade]:
    """The trades of a failed run: none of them may be done."""
    return [
        replace(row, status="held", held_because="the run failed") if row.status == "proposed" else row
        for row in trades
    ]


def trade_rows(
    rows: Sequence[Trade],
    checks: Sequence[CheckRow],
    portfolio: Portfolio,
    lives: Sequence[Recommendation | None],
) -> list[TradeRow]:
    """Stored trades as the report has them: with unit, where each stands and the checks that concern it."""
    classes, units, concerning = portfolio.classes, portfolio.currencies, by_concern(checks)
    return [
        _trade_row(row, units[row.symbol], classes[row.symbol], life, concerning)
        for row, life in zip(rows, lives, strict=True)
    ]


def _trade_row(
    row: Trade, currency: str, asset_class: str, life: Recommendation | None, concerning: Concerning
) -> TradeRow:
    stands = life if row.status == "proposed" else None  # of accounts, one order may be held in part
    same = {name: getattr(row, name) for name in names(Trade) if name != "expires"}
    return TradeRow(
        **same,
        currency=currency,
        asset_class=asset_class,
        expires=instant(row.expires),
        checks=concerning(row.symbol, asset_class),
        state=stands.state if stands else None,
        filled=stands.filled if stands else 0.0,
        approvals=len(stands.approvals) if stands else 0,
    )


def by_concern(checks: Sequence[CheckRow]) -> Concerning:
    """A function of a symbol and its asset class: the checks that concern a trade of it, in their order.

    Those are of the symbol, of its class, of the portfolio, and of every scenario.
    """
    everyone: list[int] = []
    own: defaultdict[str, list[int]] = defaultdict(list)
    for place, scope in enumerate(one.scope for one in checks):
        (everyone if scope.startswith("scenario ") else own[scope]).append(place)

    def concerning(symbol: str, asset_class: str) -> list[CheckRow]:
        scopes = {symbol, f"class {asset_class}", "portfolio"}
        return [checks[place] for place in sorted([*everyone, *(at for one in scopes for at in own[one])])]

    return concerning
