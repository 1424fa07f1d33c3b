"""Step 5: the limits decide; what is blocked is HELD and the rest rebuilt around it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pyarrow as pa

from quant.decide import decide
from tasks.accounts import many as accounts
from tasks.context.context import Context
from tasks.context.step import step
from tasks.context.words import count
from tasks.day.propose_trades import trade_row
from tasks.decisions import kept_controls, run_controls
from tasks.decisions.halts import kill_switch
from tasks.snapshot.between_steps import Known, settle
from warehouse import accounts as stored
from warehouse import runs
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.decided import Decided
from warehouse.tables.found import CheckRow, Construction

log = logging.getLogger(__name__)

Tables = Mapping[stored.Table, pa.Table]


@step
def check_risk(context: Context, run_id: str) -> None:
    """Judge what was proposed, rebuild around what is held, and store what was decided and how."""

    def store(db: Database, run: Run, found: tuple[Tables, Decided]) -> None:
        tables, rows = found
        if tables:
            stored.replace(db, run_id, tables)
        rows.store(db, run_id)
        run_controls.count_blocked(db, run, context.now())

    renew = partial(_halted, context)
    _, rows = settle(context, run_id, lambda known: _found(context, known), store, renew)
    held = sum(row.status == "held" for row in rows.trades)
    blocks = sum(row.status == "block" for row in rows.checks)
    checks, trades = count(len(rows.checks), "check"), count(len(rows.trades), "trade")
    log.info("checked: %d of %s held; %d of %s block", held, trades, blocks, checks)


def _found(context: Context, known: Known) -> tuple[Tables, Decided]:
    """What is stored of each account, of a portfolio that has any, and of the run."""
    if not known.snapshot.portfolio.accounts_digest:
        return {}, decided(known)
    many = context.warehouse.read(lambda db: accounts.of(db, known.snapshot))
    assert many is not None
    found = accounts.decided(known.snapshot, many, context.progress)
    return found.tables, found.rows


def _halted(context: Context, db: Database, run_id: str) -> Run:
    """The run with what people decided until now: a switch that was pulled while it worked holds it."""
    run = run_controls.keep(db, runs.load(db, run_id), context.now())
    reason = kill_switch(context.home, run.portfolio) or kept_controls.of(run).disabled
    db.run("run_kill_switch", run_id=run_id, kill_switch=reason)
    return run if run.kill_switch is not None else replace(run, kill_switch=reason)


def decided(known: Known) -> Decided:
    """The rows of trades, checks and construction of a run. Depends on nothing but what the run knows."""
    decision = decide(known.inputs, known.proposal)
    trades = [trade_row(known.snapshot, known.inputs, row.trade, row.held_because) for row in decision.trades]
    checks = [
        CheckRow(
            check=finding.check,
            scope=finding.scope,
            value=finding.value,
            limit=finding.limit,
            status=finding.status,
            rule=finding.rule,
            reference=finding.reference,
        )
        for finding in decision.findings
    ]
    built = decision.construction
    construction = Construction(built.method, built.status, built.conflict, built.fallback)
    return Decided(trades, checks, [construction])
