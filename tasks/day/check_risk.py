"""Step 5: the limits decide; what is blocked is HELD and the rest rebuilt around it."""

from collections.abc import Mapping
from typing import Any

from quant.accounts.alone import decide_book
from tasks.accounts import many as accounts
from tasks.context.place import Place
from tasks.context.step import step
from tasks.day.propose_trades import trade_row
from tasks.decisions import run_controls
from tasks.decisions.halts import kill_switch
from tasks.snapshot import costing, snapshot
from tasks.snapshot.snapshot import Known
from warehouse import accounts as stored
from warehouse import results, runs
from warehouse.connection import Database
from warehouse.results import Table


@step
def check_risk(place: Place, run_id: str) -> None:
    """Propose, run every check, rebuild around what is held, and store what was decided and how."""
    with place.warehouse.open() as db:
        _halt(place, db, run_id)
        scope = snapshot.load(db, run_id)
        many = accounts.of(db, scope)
    found: Mapping[Table, results.Rows]
    if many is not None:
        of_accounts = accounts.decided(scope, many, place.progress)
        found = of_accounts.rows
    else:
        found = decided(scope)
    with place.warehouse.open() as db:
        if many is not None:
            stored.replace(db, run_id, of_accounts.tables)
        for table, rows in found.items():
            results.replace(db, run_id, table, rows)
        run_controls.count_blocked(db, run_id, place.now())


def _halt(place: Place, db: Database, run_id: str) -> None:
    """Keep with the run what people decided until now: a switch that was pulled while it worked holds it."""
    halt = run_controls.keep(db, run_id, place.now()).disabled
    reason = kill_switch(place.home, runs.load(db, run_id).portfolio) or halt
    db.run("run_kill_switch", run_id=run_id, kill_switch=reason)


def decided(scope: Known) -> dict[Table, list[dict[str, Any]]]:
    """The rows of trades, checks and construction of a run. Depends on nothing but what the run knows."""
    terms = costing.terms(scope)
    decision = decide_book(scope.book, accounts.terms(scope, terms))
    trades = [trade_row(scope, terms, row.trade, row.held_because) for row in decision.trades]
    checks = [
        {
            "check": finding.check,
            "scope": finding.scope,
            "value": finding.value,
            "limit": finding.limit,
            "status": finding.status,
            "rule": finding.rule,
            "reference": finding.reference,
        }
        for finding in decision.findings
    ]
    built = decision.construction
    construction = {name: getattr(built, name) for name in ("method", "status", "conflict", "fallback")}
    return {"trades": trades, "checks": checks, "construction": [construction]}
