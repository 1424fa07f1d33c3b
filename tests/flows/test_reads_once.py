"""A day reads once: what it opens, parses, builds and fits is counted, and one more is a failure."""

import shutil
from collections import Counter
from contextlib import contextmanager
from functools import wraps

import pytest

from config import settings
from config.portfolio import Portfolio
from flows import every
from flows.commands import calls
from flows.day import run_day
from quant import decide as decision
from tasks.day.check_risk import check_risk
from tasks.day.measure import measure
from tasks.day.propose_trades import UNCHECKED, propose_trades
from tasks.record.replay import replay
from tasks.report import assemble
from tasks.report.find_report import find_report
from tasks.run.lifecycle import open_run
from tasks.run.plan import Asked, plan
from tasks.snapshot import between_steps, panels, snapshot
from tests.tasks.desk import SESSION, Desk, market
from warehouse import runs
from warehouse.database.database import Database
from warehouse.duckdb_file import file
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.tables.found import CheckRow, Construction, Trade
from warehouse.tables.table import of_run


@pytest.fixture
def counted(monkeypatch):
    """How often the real functions are called, by a name for each."""
    count: Counter[str] = Counter()

    def watch(owner, name, said):
        real = getattr(owner, name)

        @wraps(real)
        def call(*args, **kwargs):
            count[said] += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    opened, parsed = DuckDBFile.open, Portfolio.model_validate_json

    @contextmanager
    def visit(self, attach=None, **how):
        count["visits"] += 1
        with opened(self, attach, **how) as db:
            yield db

    def parse(text, **how):
        count["portfolios"] += 1
        return parsed(text, **how)

    monkeypatch.setattr(DuckDBFile, "open", visit)
    monkeypatch.setattr(Portfolio, "model_validate_json", parse)
    watch(Database, "_execute", "queries")
    watch(runs, "load", "runs")
    watch(panels, "build", "panels")
    watch(snapshot, "allocate", "fits")
    watch(decision, "construct", "constructions")
    watch(assemble, "of_run", "reports")
    return count


def test_the_demo_day_reads_once(counted, tmp_path):
    context, daily = calls.demo_context(settings.load(tmp_path)), calls.demo()
    request = plan(context, Asked(daily.portfolio, daily.session, daily.source))
    counted.clear()
    report = run_day(context, request)
    assert (report.status, len(report.alerts) > 0) == ("partial", True)
    assert counted["visits"] <= 8
    assert (counted["portfolios"], counted["panels"]) == (1, 1)
    assert counted["fits"] == 0  # weights that no model changes
    assert counted["reports"] == 3  # the alert's, the digest's, and that of the run as it ended
    assert counted["runs"] <= 8
    assert counted["queries"] <= 185
    proposal, rounds = 1, len({row.held_because for row in report.trades if row.status == "held"})
    assert counted["constructions"] <= proposal + rounds
    assert not between_steps.is_first(context, report.run_id)  # nothing is kept of a run that has ended


def test_a_quiet_day_assembles_no_report_for_an_alert(counted, desk):
    report = desk.day(market(), notifying=True)
    assert report.alerts == []
    assert counted["reports"] == 2
    counted.clear()
    assert desk.day(market(), notifying=True).data.rows_new == 0
    assert counted["visits"] <= 9  # also for how long the ledger is, and for what is known


def test_a_model_of_target_weights_is_fitted_once(counted, desk):
    tables = "[allocation]\nmodel = 'risk_parity'\ntilt = 0.1\n"
    report = desk.day(market(), desk.portfolio(tables=tables), notifying=True)
    assert report.allocation is not None
    assert (counted["panels"], counted["fits"]) == (1, 1)


def of_several(desk, counted, opened, count):
    """Queries, visits and openings of a day of so many portfolios, after the one fetch for all."""
    folder = desk.home / "portfolios"
    for number in range(count):
        written = desk.portfolio(name=f"p{number}")
        for one in (written, written.with_suffix(".csv")):
            shutil.copy(one, folder)
    context = desk.context(source=desk.prices(market()))
    asked = [Asked(f"p{number}", SESSION) for number in range(count)]
    found = every.prepare(context, asked)
    counted.clear()
    opened.clear()
    with context.warehouse.keeping():
        for one in asked:
            outcome = every.day_of(context, one, notifying=True, typed=True, offered=found.offered)
            assert outcome.report.status == "recommended"
    return counted["queries"], counted["visits"], len(opened)


def test_a_further_portfolio_costs_what_the_ones_before_it_cost(counted, tmp_path, monkeypatch):
    """However many there are: the same queries and visits, and the file is opened once for all."""
    opened, real = [], file.connect
    monkeypatch.setattr(
        file, "connect", lambda *given, **named: opened.append(given) or real(*given, **named)
    )
    found = []
    for count in (1, 3, 9):
        desk = Desk(tmp_path / str(count))
        (desk.home / "portfolios").mkdir(parents=True)
        found.append(of_several(desk, counted, opened, count))
    (one, three, nine) = found
    assert [three[0] - one[0], nine[0] - three[0]] == [2 * (nine[0] - three[0]) // 6, nine[0] - three[0]]
    assert nine[0] / 9 <= 150
    assert [three[1] - one[1], nine[1] - three[1]] == [2 * one[1], 6 * one[1]]
    assert nine[2] == 1


def rows_of(context, run_id):
    return context.warehouse.read(
        lambda db: {row: of_run(db, run_id, row) for row in (Trade, CheckRow, Construction)}
    )


def test_a_step_that_is_run_alone_finds_the_same(desk):
    report = desk.day(market(), desk.portfolio(tables="[risk]\nmax_order_value = 12000.0\n"))
    context, before = desk.context(), rows_of(desk.context(), report.run_id)
    assert {row.status for row in before[Trade]} == {"held", "proposed"}
    for step in (measure, propose_trades):
        step(context, report.run_id)
        between_steps.forget(context, report.run_id)
    proposal = rows_of(context, report.run_id)[Trade]
    assert {row.held_because for row in proposal} == {UNCHECKED}
    check_risk(context, report.run_id)
    assert rows_of(context, report.run_id) == before
    assert replay(context, report.run_id).difference is None


def test_what_changed_in_the_meantime_is_worked_on_again(desk):
    report = desk.day(market(), desk.portfolio())
    context, seen = desk.context(), []

    def work(known):
        seen.append(known.inputs.kill_switch)
        if len(seen) == 1:  # somebody else pulls the switch while this step works
            with desk.visit() as db:
                db.run("run_kill_switch", run_id=report.run_id, kill_switch="by hand")
        return known

    kept = []
    between_steps.settle(context, report.run_id, work, lambda _db, run, found: kept.append((run, found)))
    assert seen == [None, "by hand"]
    [(run, found)] = kept
    assert run.kill_switch == found.snapshot.run.kill_switch == "by hand"
    assert find_report(context, report.run_id, None).status == report.status


def test_at_most_so_many_runs_are_kept(desk):
    request, context = desk.order(desk.portfolio(), desk.prices(market())), desk.context()
    ids = [open_run(context, request, token=f"{number:08d}") for number in range(between_steps.MOST + 2)]
    assert len(between_steps._kept) == between_steps.MOST
    for run_id in ids:
        between_steps.forget(context, run_id)
