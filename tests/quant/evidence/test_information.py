"""Information coefficients, hit rates and tests of many signals, by hand and on planted skill."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.evidence.information import coefficients, hits, long_short, mean
from quant.evidence.multiple import superior

NAN = np.nan


def test_a_day_by_hand():
    """Ranks 1 2 3 4 against 2 1 3 4: 1 - 6 × 2 ÷ (4 × 15) = 0.8; with too few or equal values nothing."""
    signal = np.array([[1.0, 2, 3, 4], [1, 2, 3, NAN], [5, 5, 5, 5], [4, 3, 2, 1]])
    later = np.array([[0.02, 0.01, 0.03, 0.04], [1, 2, 3, 4], [1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4]])
    found = coefficients(signal, later)
    assert found[0] == pytest.approx(0.8)
    assert np.isnan(found[1:3]).all()
    assert found[3] == pytest.approx(-1.0)


def test_hits_by_hand():
    action = np.array([[1, -1, 0], [0, 0, 0], [1, 1, -1]], float)
    later = np.array([[0.1, 0.1, 0.1], [1, 1, 1], [0.0, NAN, -0.2]])
    found = hits(action, later)
    assert found[0] == 0.5
    assert np.isnan(found[1])
    assert found[2] == 0.5  # a return of 0 is no hit, one that is not known does not count


def test_long_short_by_hand():
    """Weights -3, -1, 1, 3 eighths."""
    found = long_short(np.array([[1.0, 2, 3, 4]]), np.array([[0.01, 0.02, -0.01, 0.03]]))
    assert found[0] == pytest.approx((-3 * 0.01 - 0.02 - 0.01 + 3 * 0.03) / 8)


@given(st.integers(0, 2**32 - 1))
def test_a_coefficient_does_not_change_with_the_scale_of_a_signal(seed):
    random = np.random.default_rng(seed)
    signal, later = random.normal(size=(5, 6)), random.normal(size=(5, 6))
    assert coefficients(np.exp(3 * signal), later) == pytest.approx(coefficients(signal, later))
    assert coefficients(-signal, later) == pytest.approx(-coefficients(signal, later))


def test_the_interval_of_a_mean_covers_what_was_planted():
    random = np.random.default_rng(5)
    noise = random.normal(0.1, 0.3, 800)
    found = mean(np.append(noise, NAN), seed=1)
    assert found.days == 800
    assert found.low < 0.1 < found.high
    assert found.high - found.low == pytest.approx(4 * 0.3 / np.sqrt(800), rel=0.3)
    assert mean(np.append(noise, NAN), seed=1) == found
    assert np.isnan(mean(np.array([NAN, 1.0]), seed=1).low)


def test_planted_skill_is_superior_and_noise_is_not():
    random = np.random.default_rng(11)
    noise = random.normal(0, 0.01, (1000, 12))
    names = [f"n{number}" for number in range(12)]
    nothing = superior(noise, names, seed=1, repetitions=300)
    assert nothing.consistent > 0.05
    assert nothing.beat == ()
    skilled = noise.copy()
    skilled[:, 4] += 0.0015
    found = superior(skilled, names, seed=1, repetitions=300)
    assert found.consistent < 0.01
    assert found.beat == ("n4",)
    assert "n4" in found.confidence_set
