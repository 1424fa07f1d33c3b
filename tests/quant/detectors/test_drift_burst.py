"""The drift burst statistic against the published numbers, and its minute form against the formula."""

import numpy as np
import pytest

from quant.detectors import _drift
from quant.detectors.drift_burst import Parameters, begin, update
from tests.quant.detectors.r_random import rnorm
from tests.quant.intraday.market import played

DRAWS = 23_400


@pytest.fixture(scope="module")
def published():
    """What the R package highfrequency tests itself with (tests_driftBursts.R): T, μ and σ² of 390 tests."""
    returns = rnorm(123, DRAWS, mean=0.02, sd=1) / np.sqrt(DRAWS)
    tests = np.arange(60.0, DRAWS + 1, 60)
    return _drift.statistic(returns, np.arange(DRAWS + 1.0), tests, mean=300, variance=1500)


def test_the_draws_are_those_of_r():
    # set.seed(123); print(rnorm(5), digits = 9)
    expected = [-0.560475647, -0.230177489, 1.558708314, 0.070508391, 0.129287735]
    np.testing.assert_allclose(rnorm(123, 5), expected, atol=5e-10)


def test_the_published_means_are_reproduced_to_every_digit(published):
    t, mean, variance = published
    assert round(t.mean(), 9) == 0.344636145
    assert round(t.var(ddof=1), 9) == 0.774545510
    assert round(variance.mean(), 12) == 2.0548273e-05
    assert round(mean.mean(), 11) == 8.359077e-05


def test_the_critical_value_is_the_published_one_up_to_its_simulation(published):
    """The package fits a polynomial to simulated maxima; here the probability is computed: 4.1814."""
    t = published[0] - published[0].mean()
    bound = _drift.critical_value(len(t), t[1:] @ t[:-1] / (t @ t), 0.99)
    assert bound == pytest.approx(4.1752, abs=0.01)
    assert _drift.normalised(bound, len(t)) == pytest.approx(3.9557, abs=0.03)
    assert round(_drift.normalised(4.1752, len(t)), 3) == 3.956  # the same value in both units


def test_critical_values_of_independent_tests_are_those_of_the_normal_distribution():
    # P(all of m within ±c) = (2 Φ(c) - 1)^m: for one test at 95% that is 1.959964.
    assert _drift.critical_value(1, 0.0, 0.95) == pytest.approx(1.959964, abs=1e-6)
    assert _drift.critical_value(10, 0.0, 0.95**10) == pytest.approx(1.959964, abs=1e-6)


def test_the_minute_form_is_the_formula():
    """Without `lagged` the sums that fade give what the formula gives from the whole history."""
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.001, 200)))
    parameters = Parameters(lagged=0, minimum=5)
    memory = begin(1, parameters)
    found = [update(minute, memory, parameters).value[0] for minute in played(closes)]
    returns, tests = np.diff(np.log(closes)), np.arange(5.0, 200)
    # Return i runs from minute i to i + 1.
    expected, _, _ = _drift.statistic(returns, np.arange(200.0), tests, mean=5, variance=25, lag=3)
    np.testing.assert_allclose(found[5:], expected, rtol=1e-9)


def test_a_crash_of_five_bars_is_a_burst_only_against_the_variance_before_it():
    random = np.random.default_rng(2)
    steps = random.normal(0, 0.0005, 120)
    steps[100:105] -= 0.01
    minutes = played(100 * np.exp(np.cumsum(steps)))
    lowest = {}
    for lagged in (0, 5):
        parameters = Parameters(lagged=lagged)
        memory = begin(1, parameters)
        found = [update(minute, memory, parameters).value[0] for minute in minutes]
        lowest[lagged] = min(found[60:])
    assert lowest[0] > -4
    assert lowest[5] < -10
