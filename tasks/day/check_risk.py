"""Step 5: the limits decide; what is blocked is HELD and the rest rebuilt around it."""

from collections.abc import Mapping
from typing import Any

from quant.decide import decide
from tasks.accounts import many as accounts
from tasks.context.context import Context
from tasks.context.step import step
from tasks.day.propose_trades import trade_row
from tasks.decisions import run_controls
from tasks.decisions.halts import kill_switch
from tasks.snapshot import decision_inputs
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import accounts as stored
from warehouse import results, runs
from warehouse.connection import Database
from warehouse.results import Table


@step
def check_risk(context: Context, run_id: str) -> None:
    """Propose, run every check, rebuild around what is held, and store what was decided and how."""
    with context.warehouse.open() as db:
        _halt(context, db, run_id)
        snapshot = load_snapshot(db, run_id)
        many = accounts.of(db, snapshot)
    found: Mapping[Table, results.Rows]
    if many is not None:
        of_accounts = accounts.decided(snapshot, many, context.progress)
        found = of_accounts.rows
    else:
        found = decided(snapshot)
    with context.warehouse.open() as db:
        if many is not None:
            stored.replace(db, run_id, of_accounts.tables)
        for table, rows in found.items():
            results.replace(db, run_id, table, rows)
        run_controls.count_blocked(db, run_id, context.now())


def _halt(context: Context, db: Database, run_id: str) -> None:
    """Keep with the run what people decided until now: a switch that was pulled while it worked holds it."""
    halt = run_controls.keep(db, run_id, context.now()).disabled
    reason = kill_switch(context.home, runs.load(db, run_id).portfolio) or halt
    db.run("run_kill_switch", run_id=run_id, kill_switch=reason)


def decided(snapshot: Snapshot) -> dict[Table, list[dict[str, Any]]]:
    """The rows of trades, checks and construction of a run. Depends on nothing but what the run knows."""
    inputs = decision_inputs.of(snapshot)
    decision = decide(inputs)
    trades = [trade_row(snapshot, inputs, row.trade, row.held_because) for row in decision.trades]
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
