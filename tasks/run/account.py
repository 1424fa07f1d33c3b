"""One account of a run: what was stored of it, with the words that explain it found again, and its report."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from config.accounts import CASH
from config.holdings import Lot
from quant.checks import Finding
from quant.decide import Decision, decide
from quant.errors import InputError
from tasks.context.context import Context
from tasks.context.find_run import find_run
from tasks.orders import recommendations
from tasks.orders.recommendations import Recommendation
from tasks.report.assemble import assemble, not_to_be_done, trade_rows
from tasks.report.model import Report
from tasks.snapshot import decision_inputs, triggers
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import accounts as stored
from warehouse.database.database import Database
from warehouse.tables.accounts import (
    Account,
    AccountCheck,
    AccountConstruction,
    AccountDrift,
    AccountTrade,
    Holding,
)
from warehouse.tables.decided import Decided
from warehouse.tables.found import CheckRow, Construction, Costs, DriftRow, Trade, TriggerRow


@dataclass(frozen=True)
class Stored:
    """What the warehouse has of one account of a run: its lots and cash, and its rows by table."""

    holdings: list[Holding]
    standing: Account
    drift: list[AccountDrift]
    trades: list[AccountTrade]
    checks: list[AccountCheck]
    construction: list[AccountConstruction]


@dataclass(frozen=True)
class Found:
    """What a run found of one account: its worth, and rows as in the run's own tables.

    `snapshot` is what the run knew, as if the account were its portfolio.
    """

    snapshot: Snapshot
    standing: Account
    drift: list[DriftRow]
    triggers: list[TriggerRow]
    decided: Decided


def read(db: Database, snapshot: Snapshot, account: str) -> Stored:
    """What is stored of an account.

    Raises:
        InputError: the run has no accounts, not this one, or has decided nothing.
    """
    run, digest = snapshot.run, snapshot.portfolio.accounts_digest
    if digest is None:
        raise InputError(
            f"account {account!r}: {run.run_id} is of a portfolio without accounts. Leave it out."
        )
    holdings = stored.holdings_of(db, digest, account)
    if not holdings:
        known_so = stored.holdings(db, digest)["account"].unique().to_pylist()
        near = difflib.get_close_matches(account, known_so, 1, cutoff=0.0)
        raise InputError(
            f"account {account!r}: the run has no such account. The nearest to it is {near[0]!r}."
        )
    own = db, run.run_id, account
    standing = stored.of_account(*own, Account)
    if not standing:
        raise InputError(
            f"account {account!r}: {run.run_id} has decided nothing about accounts: {run.error}."
        )
    return Stored(
        holdings,
        standing[0],
        stored.of_account(*own, AccountDrift),
        stored.of_account(*own, AccountTrade),
        stored.of_account(*own, AccountCheck),
        stored.of_account(*own, AccountConstruction),
    )


def of_account(snapshot: Snapshot, own: Stored) -> Found:
    """Numbers are those that were stored; rules and reasons are worked out again from what the run knew."""
    alone = _alone(snapshot, own.holdings)
    decision = decide(decision_inputs.of(alone))
    decided = Decided(
        trades=[_trade(row, decision) for row in own.trades],
        checks=[_check(row, decision) for row in own.checks],
        construction=[
            Construction(row.method, row.status, row.conflict, row.fallback) for row in own.construction
        ],
    )
    return Found(alone, own.standing, [_drift(row) for row in own.drift], triggers.rows(alone), decided)


def report_of(context: Context, text: str, portfolio: str | None, account: str) -> Report:
    """The report of the run that `text` means, as if the account were its portfolio.

    Raises:
        InputError: no such run, it has no accounts, or not this one.
    """
    run_id = find_run(context, text, portfolio)
    report, snapshot, own, lives = context.warehouse.read(
        lambda db: _recorded(db, run_id, account, context.now())
    )
    found = of_account(snapshot, own)
    failed, decided = report.status == "failed", found.decided
    trades = not_to_be_done(decided.trades) if failed else decided.trades
    standing = [lives.get(row.symbol) for row in trades]
    of_account_alone = {
        "account": account,
        "accounts": None,
        "value": found.standing.value,
        "cash": found.standing.cash,
        "drift": found.drift,
        "triggers": found.triggers,
        "checks": decided.checks,
        "status": "failed" if failed else found.standing.status,
        "trades": trade_rows(trades, decided.checks, found.snapshot.portfolio, standing),
        "construction": next(iter(decided.construction), None),
        "risk": None,
        "notices": [],
        **NOT_OF_AN_ACCOUNT,
    }
    return Report(**dict(report) | of_account_alone)


def _recorded(
    db: Database, run_id: str, account: str, now: datetime
) -> tuple[Report, Snapshot, Stored, dict[str, Recommendation]]:
    """The run's report, what it knew, what is stored of the account, and its recommendations by symbol."""
    report, snapshot = assemble(db, run_id, now), load_snapshot(db, run_id)
    lives = recommendations.of_accounts(db, run_id, [account], now)
    return report, snapshot, read(db, snapshot, account), {one.symbol: one for one in lives}


NOT_OF_AN_ACCOUNT: dict[str, object] = {"ledger": None, "earlier": {}, "replaces": []}


def _alone(snapshot: Snapshot, holdings: Sequence[Holding]) -> Snapshot:
    """What the run knew, of a portfolio that holds what the account does; symbols in the whole's order."""
    lots = [
        Lot(symbol=row.symbol, quantity=row.quantity, cost_basis=row.cost_basis, acquired=row.acquired)
        for row in holdings
        if row.symbol != CASH and row.quantity
    ]
    lots.sort(key=lambda lot: snapshot.book.places[lot.symbol])
    cash = sum(row.quantity for row in holdings if row.symbol == CASH)
    alone = {"lots": tuple(lots), "cash": cash, "accounts_digest": None}
    return replace(snapshot, portfolio=snapshot.portfolio.model_copy(update=alone))


def _drift(row: AccountDrift) -> DriftRow:
    return DriftRow(row.level, row.key, row.target, row.actual, row.drift, row.band, row.breached)


def _trade(row: AccountTrade, decision: Decision) -> Trade:
    """A stored trade with its rule and reason, and why it is held."""
    own = next((one for one in decision.trades if one.trade.symbol == row.symbol), None)
    return Trade(
        symbol=row.symbol,
        side=row.side,
        quantity=row.quantity,
        limit_price=row.limit_price,
        notional=row.notional,
        weight_before=row.weight_before,
        weight_after=row.weight_after,
        trigger=row.trigger,
        rule=own.trade.rule if own else row.trigger,
        reason=own.trade.reason if own else row.trigger,
        expires=row.expires,
        cost=row.cost,
        status=row.status,
        held_because=row.held_by and ((own and own.held_because) or row.held_by),
        costs=None if row.commission is None else Costs(row.commission, row.spread, row.impact),
        lots=row.lots,
        tax=row.tax,
    )


def _check(row: AccountCheck, decision: Decision) -> CheckRow:
    """A stored finding with its rule and reference."""

    def is_same(one: Finding) -> bool:
        return (one.check, one.scope) == (row.check, row.scope)

    own = next(filter(is_same, decision.findings), None)
    rule, reference = (own.rule, own.reference) if own else ("", None)
    return CheckRow(row.check, row.scope, row.value, row.limit, row.status, rule, reference)
