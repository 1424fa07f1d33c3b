"""The ledger proven in short visits, while others work between them.

What tampering shows: tests/tasks/test_audit.py.
"""

from contextlib import contextmanager

import pytest

from tests.warehouse.deliveries import NOW
from tests.warehouse.test_runs import enter
from warehouse import owner, proof, results, runs

DRIFT = {
    "level": "instrument", "key": "SPY", "target": 0.6, "actual": 0.5, "drift": -0.1, "band": 0.05,
    "breached": True,
}  # fmt: skip
IDS = ("run-1", "run-2", "run-3")


def run(db, run_id):
    enter(db, run_id)
    results.replace(db, run_id, "drift", [DRIFT])
    runs.finish(db, run_id, "no_action", NOW)


def ended(db):
    """A run that ends between the visits, and one that is retried: open again, then ended with other rows."""
    run(db, "run-2a")
    db.run("run_reopen", run_id="run-3", owner=owner.current(), kill_switch=None, now=NOW)
    results.replace(db, "run-3", "drift", [])


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

        @contextmanager
        def visit():
            between = acts.pop(0) if acts else None
            if between:
                with warehouse.open() as db:
                    between(db)
            with warehouse.open() as db:
                yield db

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
