"""Both jump tests against their formulas, written out, and against what their papers say."""

from math import gamma, log, pi, sqrt

import numpy as np
import pytest

from quant.detectors import bipower_ratio, lee_mykland
from tests.quant.intraday.market import played, tape
from tests.quant.intraday.market import values as values_of

RETURNS = np.random.default_rng(11).standard_t(5, 389) * 0.0007


def values(detector, parameters, minutes):
    memory = detector.begin(len(minutes[0].price), parameters)
    return np.array([detector.update(minute, memory, parameters).value for minute in minutes])


def closes(returns):
    return 100 * np.exp(np.concatenate([np.zeros((1, *returns.shape[1:])), np.cumsum(returns, axis=0)]))


def test_the_critical_value_is_that_of_the_paper():
    # Lee and Mykland: β* = 4.6001 at 1%, which is half of the level of a low.
    parameters = lee_mykland.Parameters(size=0.02, n=98_280)
    c, root = sqrt(2 / pi), sqrt(2 * log(98_280))
    centre = root / c - (log(pi) + log(log(98_280))) / (2 * c * root)
    assert lee_mykland.critical_value(parameters) == pytest.approx(centre + 4.6001 / (c * root), abs=1e-4)


def test_lee_mykland_is_a_return_against_the_bipower_volatility_before_it():
    parameters = lee_mykland.Parameters(window=50, minimum=48, prior=0, cap=np.inf)
    found = values(lee_mykland, parameters, played(closes(RETURNS)))[:, 0]
    assert np.isnan(found[:49]).all()
    for row in (60, 200, 388):
        before = np.abs(RETURNS[row - 51 : row])
        expected = RETURNS[row] / sqrt(np.mean(before[1:] * before[:-1]))
        assert found[row + 1] == pytest.approx(expected)


def test_daily_volatility_lets_it_speak_from_the_first_return_on():
    [_, minute] = played([100.0, 98.0], sigma=0.02)
    memory = lee_mykland.begin(1, lee_mykland.Parameters())
    found = lee_mykland.update(minute, memory, lee_mykland.Parameters())
    assert found.value[0] == pytest.approx(log(0.98) / (0.02 / sqrt(390) * sqrt(2 / pi)))
    assert found.level[0] == 2


def test_lee_mykland_sees_a_jump_down_and_no_other():
    returns = np.tile(RETURNS[:, None], (1, 3))
    returns[300] = [-0.02, 0.02, 0.0]
    parameters = lee_mykland.Parameters()
    memory = lee_mykland.begin(3, parameters)
    levels = [lee_mykland.update(minute, memory, parameters).level for minute in played(closes(returns))]
    found = [(minute, symbol) for minute, row in enumerate(levels) for symbol in np.flatnonzero(row)]
    assert found == [(301, 0)]


def test_a_crash_is_not_the_yardstick_of_the_next():
    returns = RETURNS.copy()
    returns[200:205] = -0.012
    capped, plain = (
        values(lee_mykland, lee_mykland.Parameters(cap=cap), played(closes(returns)))[206:, 0]
        for cap in (3.0, np.inf)
    )
    before = values(lee_mykland, lee_mykland.Parameters(), played(closes(RETURNS)))[206:, 0]
    assert np.median(capped / before) > 0.85
    assert np.median(plain / before) < 0.6


def test_a_low_that_no_close_follows_is_a_jump_too():
    state = tape(sigma=0.02)
    parameters = lee_mykland.Parameters()
    memory = lee_mykland.begin(1, parameters)
    lee_mykland.update(state.advance(values_of([100.0])), memory, parameters)
    found = lee_mykland.update(state.advance(values_of([100.0], low=98.0)), memory, parameters)
    assert (found.value[0] < -10, found.level[0]) == (True, 2)


def test_the_ratio_test_is_its_formula():
    found = values(bipower_ratio, bipower_ratio.Parameters(), played(closes(RETURNS)))[-1, 0]
    size, n = np.abs(RETURNS), 389
    rv, bv = np.sum(size**2), pi / 2 * n / (n - 1) * np.sum(size[1:] * size[:-1])
    mu = 2 ** (2 / 3) * gamma(7 / 6) / gamma(0.5)
    tp = n * n / (n - 2) / mu**3 * np.sum((size[2:] * size[1:-1] * size[:-2]) ** (4 / 3))
    expected = (1 - bv / rv) / sqrt(((pi / 2) ** 2 + pi - 5) / n * max(1, tp / bv**2))
    assert found == pytest.approx(expected)


def test_the_ratio_test_is_standard_normal_without_jumps_and_grows_with_one():
    calm = np.random.default_rng(1).normal(0, 0.001, (389, 1500))
    z = values(bipower_ratio, bipower_ratio.Parameters(), played(closes(calm)))[-1]
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1, abs=0.1)
    assert np.mean(z > 2.326) < 0.02
    jumped = calm[:, :200].copy()
    jumped[100] -= 0.015
    z = values(bipower_ratio, bipower_ratio.Parameters(), played(closes(jumped)))[-1]
    assert np.mean(z > 2.326) > 0.95
