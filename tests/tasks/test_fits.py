"""A day uses the fits of the days before it, and a replay makes its own."""

import shutil

import numpy as np
import pytest

from tasks.replay import replay
from tests.tasks.desk import Desk, market, sessions

MARKET = market(count=330)
WALK = np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, (330, 3)), axis=0)).T.ravel()
for name in ("open", "high", "low", "close"):
    MARKET[name] *= WALK


@pytest.fixture(scope="module")
def day_before(tmp_path_factory):
    """The day before SESSION, of the same month: it has made the fits of both."""
    desk = Desk(tmp_path_factory.mktemp("fits"))
    desk.day(MARKET, session=sessions(2)[0])
    return desk


@pytest.fixture
def begun(day_before, tmp_path):
    shutil.copytree(day_before.home, tmp_path / "home")
    return Desk(tmp_path)


def stored(desk):
    return desk.sql("select symbol, asymmetry, returns, made_with from fits order by all")


def test_a_day_makes_no_fit_that_an_earlier_one_has_made(begun):
    before = stored(begun)
    assert [row[:2] for row in before] == [
        (name, model) for name in ("AAA", "BBB", "CCC") for model in (0, 1)
    ]
    report = begun.day(MARKET)
    assert stored(begun) == before
    assert replay(begun.place(), report.run_id).difference is None


def test_a_replay_believes_no_stored_fit(begun):
    begun.sql("update fits set variance = variance * 100 where symbol = 'BBB' and asymmetry = 0")
    report = begun.day(MARKET)
    difference = replay(begun.place(), report.run_id).difference
    assert difference.where == "volatility[BBB].annualised"
    assert difference.stored > difference.recomputed > 0.1


def test_a_fit_of_other_libraries_or_code_is_made_again(begun):
    begun.sql("update fits set made_with = 'another version', variance = variance * 100")
    report = begun.day(MARKET)
    assert len(stored(begun)) == 12
    assert replay(begun.place(), report.run_id).difference is None
