"""The ledger proven in short visits, while others work between them.

What tampering shows: tests/tasks/test_audit.py.
"""

from datetime import timedelta

import pytest

from tests.warehouse.conftest import LAKE
from tests.warehouse.deliveries import NOW
from tests.warehouse.rows import DRIFT
from tests.warehouse.test_runs import enter
from warehouse import runs
from warehouse.record import anchors, ledger, proof, verify
from warehouse.tables.found import DriftRow
from warehouse.tables.table import replace

IDS = ("run-1", "run-2", "run-3")


def run(db, run_id):
    enter(db, run_id)
    replace(db, run_id, DriftRow, [DRIFT])
    runs.finish(db, run_id, "no_action", NOW)


def ended(db):
    """A run that ends between the visits, and one that is retried: open again, then ended with other rows."""
    run(db, "run-2a")
    runs.reopen(db, "run-3", NOW, None)
    replace(db, "run-3", DriftRow, [])


def ended_again(db):
    ended(db)
    runs.finish(db, "run-3", "no_action", NOW)


@pytest.fixture
def proven(warehouse):
    """The offences that a proof finds, by an act on the warehouse between its first two visits."""
    with warehouse.open() as db:
        for run_id in IDS:
            run(db, run_id)

    def prove(act=None):
        acts, told = [None, act], []

        def visit(work):
            between = acts.pop(0) if acts else None
            if between:
                warehouse.transact(between)
            return warehouse.read(work)

        found = proof.offences(visit, lambda *news: told.append(news))
        return [what for _, what in found], told

    return prove


@pytest.mark.parametrize("rows", [1, proof.ROWS])
def test_what_others_do_between_the_visits_is_no_offence(proven, rows, monkeypatch):
    monkeypatch.setattr(proof, "ROWS", rows)
    visits = 3 if rows == 1 else 1
    found, told = proven()
    assert (found, [news[1:] for news in told]) == ([], [(done, 3) for done in range(visits)])
    assert proven(ended)[0] == []


def test_a_run_that_was_retried_and_has_ended_since_is_no_offence(proven):
    assert proven(ended_again)[0] == []
    assert proven()[0] == []


@pytest.mark.parametrize(
    ("statement", "offence"),
    [
        ("update drift set actual = 0.4 where run_id = $run", "its rows of drift have changed since"),
        ("update runs set cash = 1 where run_id = $run", "its cash has changed since"),
        ("delete from runs where run_id = $run", "whose run was removed"),
        ("update runs set entry = null where run_id = $run", "whose run was removed"),
        ("update runs set docs = 'elsewhere' where run_id = $run", "its docs has changed since"),
        ("update runs set batch_id = 'other' where run_id = $run", "its batch_id has changed since"),
        (
            "update runs set finished_at = started_at - interval 1 day where run_id = $run",
            "its finished_at has",
        ),
        ("update runs set definitions = '{}' where run_id = $run", "its definitions have changed since"),
        ("update runs set status = 'running' where run_id = $run", "which was set back to running"),
        ("update runs set status = 'running', entry = null where run_id = $run", "set back to running"),
    ],
)
def test_a_run_is_compared_in_whatever_visit_it_is_read(warehouse, proven, statement, offence, monkeypatch):
    monkeypatch.setattr(proof, "ROWS", 1)
    with warehouse.open() as db:
        db.connection.execute(statement, {"run": "run-3"})
    [what] = proven()[0]
    assert "run run-3" in what
    assert offence in what


def test_the_end_of_a_run_that_has_another_entry_was_removed(warehouse, proven):
    with warehouse.open() as db:
        db.connection.execute("update runs set entry = 'x' where run_id = 'run-2'")
    assert proven()[0] == ["the end of the run run-2, which was removed"]


def test_a_run_that_was_set_back_and_closed_again_shows(warehouse, proven):
    with warehouse.open() as db:
        db.connection.execute("update runs set status = 'running', cash = 1, owner = 'x|4194305|0|x'")
        runs.close_dead(db, NOW + timedelta(days=1))
    assert any("run run-2), which had ended and was set back" in what for what in proven()[0])


def test_a_run_that_ended_so_is_not_ended_twice(warehouse, proven):
    with warehouse.open() as db:
        assert not runs.finish(db, "run-3", "no_action", NOW)
        assert runs.finish(db, "run-3", "failed", NOW, error="taken for dead")
    assert proven()[0] == []


def test_a_tail_that_was_cut_with_the_head_is_missed_by_whoever_knew_it(warehouse, proven):
    warehouse.publish()
    copy = "published/warehouse.duckdb"
    if LAKE:  # which leaves no copy for readers
        copy = f"backups/{warehouse.back_up(NOW, 1, 0).backup.file.name}"
    with warehouse.open() as db:
        last = ledger.head(db)[1]
        db.connection.execute("delete from ledger where seq = 3")
        db.connection.execute("delete from runs where run_id = 'run-3'")
        db.connection.execute("delete from ledger_head")
        db.connection.execute("insert into ledger_head select seq, hash from ledger where seq = 2")
    assert proven()[0] == []
    chain = verify.chain(warehouse.read, outside=[*warehouse.witnesses(), *anchors.outside(warehouse.home)])
    assert (chain.broken, chain.first) == (
        1,
        f"the entry {last}, which {copy} knows and the ledger has not",
    )
