"""The probability of backtest overfitting: by hand, of noise, of skill, and as a library finds it."""

import numpy as np
import purgedcv
import pytest

from quant.errors import FitError
from quant.evidence.overfitting import overfitting


def test_two_results_that_take_turns_are_always_wrong():
    """One earns in the first half and loses in the second, the other the reverse: the best is always last."""
    one = np.array([0.02, 0.01, 0.02, 0.01, -0.02, -0.01, -0.02, -0.01])
    found = overfitting(np.column_stack([one, -one]), blocks=2)
    assert found.probability == 1.0
    assert found.loss == 1.0
    assert found.logits.tolist() == pytest.approx([np.log(1 / 2), np.log(1 / 2)])


def test_skill_is_found_on_both_halves():
    random = np.random.default_rng(1)
    returns = random.normal(0, 0.01, (800, 50))
    returns[:, 7] += 0.004
    assert overfitting(returns).probability < 0.01


def test_noise_is_as_often_above_as_below_the_median():
    """Means of 20 markets of 30 results each: near one half."""
    found = [
        overfitting(np.random.default_rng(seed).normal(0, 0.01, (480, 30)), 8).probability
        for seed in range(20)
    ]
    assert 0.35 < np.mean(found) < 0.65


@pytest.mark.parametrize("blocks", [4, 6, 8])
def test_a_library_finds_the_same(blocks):
    returns = np.random.default_rng(blocks).normal(0.0002, 0.01, (blocks * 30, 12))
    other = purgedcv.probability_of_backtest_overfitting(returns.T, n_splits=blocks)
    found = overfitting(returns, blocks)
    assert found.probability == pytest.approx(other.pbo)
    assert np.sort(found.logits) == pytest.approx(np.sort(other.logits))


@pytest.mark.parametrize("shape", [(100, 1), (20, 5)])
def test_too_little_is_refused(shape):
    with pytest.raises(FitError, match="cannot be split into 16 blocks"):
        overfitting(np.zeros(shape))
