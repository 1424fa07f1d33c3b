"""A run uses the fits of the runs before it, and a replay makes its own."""

import shutil

import numpy as np
import pytest

from tasks.record.replay import replay
from tests.tasks.desk import Desk, market

SESSIONS = 330
MARKET = market(count=SESSIONS)
WALK = np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, (SESSIONS, 3)), axis=0)).T.ravel()
for name in ("open", "high", "low", "close"):
    MARKET[name] *= WALK


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A day has made the month's fits: two models of three symbols."""
    desk = Desk(tmp_path_factory.mktemp("fits"))
    desk.day(MARKET)
    assert len(stored(desk)) == 6
    return desk


@pytest.fixture
def desk(first, tmp_path):
    shutil.copytree(first.folder, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def stored(desk):
    return desk.sql("select symbol, asymmetry, returns, made_with from fits order by all")


def test_a_run_makes_no_fit_that_is_known_and_a_replay_believes_none(desk):
    before = stored(desk)
    desk.sql("update fits set variance = variance * 100 where symbol = 'BBB' and asymmetry = 0")
    report = desk.decision(desk.folder / "trio.toml")
    assert stored(desk) == before
    difference = replay(desk.context(), report.run_id).difference
    assert difference.where == "volatility[BBB].annualised"
    assert difference.stored > difference.recomputed > 0.1


def test_a_fit_of_other_libraries_or_code_is_made_again(desk):
    desk.sql("update fits set made_with = 'another version', variance = variance * 100")
    report = desk.decision(desk.folder / "trio.toml")
    assert len(stored(desk)) == 12
    assert replay(desk.context(), report.run_id).difference is None
