"""The made-up market has the properties that it is made with, and the same seed gives the same market."""

import numpy as np
import pytest

from quant.intraday.seasonality import estimate
from quant.simulation.bars import Vendor, deliver
from quant.simulation.crashes import Crash, declines, planted
from quant.simulation.prices import Model, curve, session, sigmas

MINUTES = 390
NAMES = 200


def played(model, sessions=20, seed=1):
    random = np.random.default_rng(seed)
    theta = sigmas(NAMES, model) ** 2
    variance, found = theta.copy(), []
    for _ in range(sessions):
        returns, variance = session(variance, theta, MINUTES, model, random)
        found.append(returns)
    return np.array(found)


def test_the_same_seed_gives_the_same_market():
    np.testing.assert_array_equal(played(Model(), 2), played(Model(), 2))
    assert not np.array_equal(played(Model(), 2), played(Model(), 2, seed=2))


def test_volatility_correlation_and_the_day_are_those_of_the_model():
    model = Model(jumps=0.0)
    returns = played(model)
    variance = np.mean(np.sum(returns**2, axis=1), axis=0)
    assert np.mean(variance / sigmas(NAMES, model) ** 2) == pytest.approx(1, abs=0.2)
    correlation = np.corrcoef(returns.reshape(-1, NAMES)[:, ::10], rowvar=False)
    assert np.median(correlation) == pytest.approx(model.common, abs=0.05)
    assert np.sqrt(np.mean((estimate(returns) / curve(MINUTES, model) - 1) ** 2)) < 0.03


def test_jumps_come_as_often_as_they_should():
    random = np.random.default_rng(1)
    theta = sigmas(NAMES, Model()) ** 2
    quiet = Model(jumps=2.0, jump_size=50.0)
    returns, _ = session(theta, theta, MINUTES, quiet, random)
    found = np.abs(returns) > 2 * np.sqrt(theta)
    assert found.sum() / NAMES == pytest.approx(2, rel=0.2)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_a_crash_falls_and_comes_back_as_planted(share):
    path = Crash(0, start=100, depth=0.05, length=5, recovery=20, share=share).path(MINUTES)
    assert not path[:101].any()
    assert np.exp(path[105]) == pytest.approx(0.95)
    assert path[101:106] == pytest.approx(np.log(0.95) * np.arange(1, 6) / 5)
    assert path[125:] == pytest.approx(np.log(0.95) - np.log1p(-0.05 * share))


def test_crashes_and_declines_are_where_they_are_said_to_be():
    crashes = planted(NAMES, MINUTES, 4, 0.07, np.random.default_rng(2))
    assert len(crashes) == NAMES // 4
    assert len({crash.name for crash in crashes}) == len(crashes)
    paths = declines(3, MINUTES, [1], 0.1)
    assert np.exp(paths[-1]) == pytest.approx([1, 0.9, 1])


def delivered(vendor, seed=3):
    path = np.cumsum(played(Model(), 1)[0], axis=0)
    usual = sigmas(NAMES, Model()) / np.sqrt(MINUTES)
    return deliver(np.full(NAMES, 100.0), path, usual, vendor, np.random.default_rng(seed))


def test_bars_are_bars_and_close_where_the_path_is():
    vendor = Vendor(missing=0.0, wrong=0.0, actions=0.0)
    values = delivered(vendor).minutes
    opened, high, low, close, volume, split = np.moveaxis(values, 1, 0)
    assert (high >= np.maximum(opened, close)).all()
    assert (low <= np.minimum(opened, close)).all()
    assert (volume > 0).all()
    assert np.isnan(split).all()
    path = 100 * np.exp(np.cumsum(played(Model(), 1)[0], axis=0))
    assert np.abs(close / path - 1).max() < vendor.spread + vendor.tick / path.min()


def test_the_vendor_does_what_it_is_told():
    told = delivered(Vendor(missing=0.1, wrong=0.001, actions=0.2))
    close = told.minutes[:, 3]
    assert np.isnan(close).mean() == pytest.approx(0.15, abs=0.02)  # twice as often in the quietest
    assert told.wrong.mean() == pytest.approx(0.001, abs=0.0005)
    assert np.isfinite(told.factor).mean() == pytest.approx(0.2, abs=0.1)
    splits = np.flatnonzero((told.minutes[:, 5] == 2).any(axis=0))
    assert (told.factor[splits] == 0.5).all()
