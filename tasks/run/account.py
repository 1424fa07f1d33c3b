"""One account of a run: what was stored of it, with the words that explain it found again, and its report."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.accounts import CASH
from config.holdings import Lot
from quant.checks import Finding
from quant.decide import Decision, decide
from quant.errors import InputError
from tasks.context.context import Context
from tasks.context.find_run import find_run
from tasks.orders import recommendations
from tasks.report.assemble import assemble, not_to_be_done, told_trades
from tasks.report.model import Report
from tasks.snapshot import decision_inputs, triggers
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import accounts as stored
from warehouse.database.database import Database
from warehouse.results import Table

Row = dict[str, Any]
COSTS = ("commission", "spread", "impact")


@dataclass(frozen=True)
class Stored:
    """What the warehouse has of one account of a run: its lots and cash, and its rows by table."""

    holdings: list[Row]
    tables: Mapping[stored.Table, list[Row]]


@dataclass(frozen=True)
class Found:
    """What a run found of one account: `standing` (value, cash, status), and rows as in the run's own tables.

    `snapshot` is what the run knew, as if the account were its portfolio.
    """

    snapshot: Snapshot
    standing: Row
    tables: Mapping[Table, list[Row]]


def read(db: Database, snapshot: Snapshot, account: str) -> Stored:
    """What is stored of an account.

    Raises:
        InputError: the run has no accounts, not this one, or has decided nothing.
    """
    run, digest = snapshot.run, snapshot.portfolio.accounts_digest
    if digest is None:
        raise InputError(
            f"--account {account!r}: {run.run_id} is of a portfolio without accounts. Leave it out."
        )
    holdings = stored.holdings(db, digest, account).to_pylist()
    if not holdings:
        known_so = stored.holdings(db, digest)["account"].unique().to_pylist()
        near = difflib.get_close_matches(account, known_so, 1, cutoff=0.0)
        raise InputError(
            f"--account {account!r}: the run has no such account. The nearest to it is {near[0]!r}."
        )
    tables = stored.of_account(db, run.run_id, account)
    if not tables["accounts"]:
        raise InputError(
            f"--account {account!r}: {run.run_id} has decided nothing about accounts: {run.error}."
        )
    return Stored(holdings, tables)


def of_account(snapshot: Snapshot, own: Stored) -> Found:
    """Numbers are those that were stored; rules and reasons are worked out again from what the run knew."""
    alone = _alone(snapshot, own.holdings)
    decision = decide(decision_inputs.of(alone))
    rows = own.tables
    tables: dict[Table, list[Row]] = {
        "drift": _without(rows["account_drift"], "account"),
        "triggers": triggers.rows(alone),
        "trades": [_trade(row, decision) for row in rows["account_trades"]],
        "checks": [_check(row, decision) for row in rows["account_checks"]],
        "construction": _without(rows["account_construction"], "account"),
    }
    return Found(alone, rows["accounts"][0], tables)


def report_of(context: Context, text: str, portfolio: str | None, account: str) -> Report:
    """The report of the run that `text` means, as if the account were its portfolio.

    Raises:
        InputError: no such run, it has no accounts, or not this one.
    """
    run_id = find_run(context, text, portfolio)
    with context.warehouse.open() as db:
        report = assemble(db, run_id, context.now())
        snapshot = load_snapshot(db, run_id)
        own = read(db, snapshot, account)
        lives = {one.symbol: one for one in recommendations.of_accounts(db, run_id, [account], context.now())}
    found = of_account(snapshot, own)
    tables, alone, failed = found.tables, found.snapshot.portfolio, report.status == "failed"
    trades = not_to_be_done(tables["trades"]) if failed else tables["trades"]
    return Report.model_validate(
        report.model_dump()
        | {name: found.standing[name] for name in ("value", "cash")}
        | {name: tables[name] for name in ("drift", "triggers", "checks")}
        | {
            "account": account,
            "accounts": None,
            "status": "failed" if failed else found.standing["status"],
            "trades": told_trades(
                trades, tables["checks"], alone, [lives.get(row["symbol"]) for row in trades]
            ),
            "construction": next(iter(tables["construction"]), None),
            "risk": None,
            "notices": [],
        }
    )


def _alone(snapshot: Snapshot, holdings: Sequence[Row]) -> Snapshot:
    """What the run knew, of a portfolio that holds what the account does; symbols in the whole's order."""
    rows = [{name: row[name] for name in Lot.model_fields} for row in holdings]
    lots = [Lot.model_validate(row) for row in rows if row["symbol"] != CASH and row["quantity"]]
    lots.sort(key=lambda lot: snapshot.book.places[lot.symbol])
    cash = sum(row["quantity"] for row in rows if row["symbol"] == CASH)
    alone = {"lots": tuple(lots), "cash": cash, "accounts_digest": None}
    return replace(snapshot, portfolio=snapshot.portfolio.model_copy(update=alone))


def _trade(row: Row, decision: Decision) -> Row:
    """A stored trade with its rule and reason, and why it is held."""
    own = next((one for one in decision.trades if one.trade.symbol == row["symbol"]), None)
    costs = None if row["commission"] is None else json.dumps({name: row[name] for name in COSTS})
    return {name: value for name, value in row.items() if name not in {"account", "held_by", *COSTS}} | {
        "rule": own.trade.rule if own else row["trigger"],
        "reason": own.trade.reason if own else row["trigger"],
        "held_because": row["held_by"] and ((own and own.held_because) or row["held_by"]),
        "costs": costs,
    }


def _check(row: Row, decision: Decision) -> Row:
    """A stored finding with its rule and reference."""

    def is_same(one: Finding) -> bool:
        return (one.check, one.scope) == (row["check"], row["scope"])

    own = next(filter(is_same, decision.findings), None)
    words = {"rule": own.rule if own else "", "reference": own.reference if own else None}
    return {name: value for name, value in row.items() if name != "account"} | words


def _without(rows: list[Row], column: str) -> list[Row]:
    return [{name: value for name, value in row.items() if name != column} for row in rows]
