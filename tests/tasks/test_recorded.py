"""Runs that were recorded with the code of their time replay to the last digit, and their ledger holds."""

import math

import pytest

from tasks.record import ledger
from tasks.record.replay import Difference, replay
from tasks.run import run_list
from tests.tasks.desk import Desk
from tests.tasks.recorded import HERE, processor, restore

NAMES = sorted(file.stem for file in HERE.glob("*.zip"))


@pytest.fixture(scope="module", params=NAMES)
def recorded(request, tmp_path_factory) -> tuple[Desk, str]:
    desk = Desk(tmp_path_factory.mktemp("recorded"))
    desk.home.mkdir()
    return desk, restore(request.param, desk.home / "warehouse.duckdb")


def last_digit(found: Difference | None) -> bool:
    """Whether a difference is one of rounding, as another processor may round."""
    values = (found.stored, found.recomputed) if found else (0.0, 0.0)
    return all(isinstance(value, float) for value in values) and math.isclose(*values, rel_tol=1e-12)


def test_every_run_replays(recorded):
    desk, made_on = recorded
    listed = run_list.listing(desk.context(), None, None)
    assert len(listed) >= 26
    found = {one.run_id: replay(desk.context(), one.run_id).difference for one in listed}
    same = made_on == processor()
    assert {run: str(one) for run, one in found.items() if one and (same or not last_digit(one))} == {}


def test_the_ledger_holds(recorded):
    desk, _ = recorded
    assert ledger.verify(desk.context())[2].broken == 0
