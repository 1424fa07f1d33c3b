"""Step 5: the limits decide; what is blocked is HELD and the rest rebuilt around it."""

from typing import Any

from quant.gate import Decision, decide
from tasks import accounts, known, triggers
from tasks.known import Known
from tasks.place import Place
from tasks.plan import kill_switch
from tasks.propose_trades import trade_row
from tasks.step import step
from warehouse import accounts as stored
from warehouse import results


@step
def check_risk(place: Place, run_id: str) -> None:
    """Propose, run every check, rebuild around what is held, and store trades and checks as decided."""
    with place.warehouse.open() as db:
        db.run("run_kill_switch", run_id=run_id, kill_switch=kill_switch(place.home))
        scope = known.load(db, run_id)
        many = accounts.of(db, scope)
    if many is not None:
        found = accounts.decided(scope, many)
        trades, checks = found.trades, found.checks
    else:
        trades, checks = decided(scope)
    with place.warehouse.open() as db:
        if many is not None:
            stored.replace(db, run_id, found.tables)
        results.replace(db, run_id, "trades", trades)
        results.replace(db, run_id, "checks", checks)


def decided(scope: Known) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of trades and checks of a run. Depends on nothing but what the run knows."""
    decision = _decision(scope)
    trades = [trade_row(scope, row.trade, row.held_because) for row in decision.trades]
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
    return trades, checks


def _decision(scope: Known) -> Decision:
    return decide(
        scope.book,
        triggers.in_force(scope),
        scope.portfolio.risk,
        triggers.is_due(scope),
        scope.evidence,
        kill_switch=scope.run.kill_switch,
        quarantined=scope.quarantined,
        unreconciled=scope.unreconciled,
        disputed=scope.disputed,
        unrated=scope.unrated,
        past=triggers.past(scope),
    )
