"""Published examples of the probabilistic and the deflated Sharpe ratio, and two libraries as witnesses."""

from math import sqrt

import jsharpe
import numpy as np
import purgedcv
import pytest

from quant.evidence.sharpe import Track, deflated, expected_maximum, least_track, probabilistic, track


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "probability"), [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505)]
)
def test_the_example_of_the_deflated_sharpe_ratio(trials, skew, kurtosis, probability):
    """Bailey and López de Prado (2014): 2.5 a year in 1,250 days, the trials' variance 1/2 a year."""
    found = Track(2.5 / sqrt(250), 1250, skew, kurtosis)
    assert deflated(found, trials, 0.5 / 250) == pytest.approx(probability, abs=1e-4)


def test_what_luck_finds_in_a_hundred_trials():
    """The same example: 0.1132 a day."""
    assert expected_maximum(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert expected_maximum(1, 0.5) == 0.0
    assert expected_maximum(37, 0.02) == pytest.approx(jsharpe.expected_maximum_sharpe_ratio(37, 0.02))


@pytest.mark.parametrize(("skew", "kurtosis", "probability"), [(0, 3, 0.982), (-2.448, 10.164, 0.913)])
def test_the_example_of_the_probabilistic_sharpe_ratio(skew, kurtosis, probability):
    """Bailey and López de Prado (2012): 0.458 a month in 24 months, with and without their moments."""
    assert probabilistic(Track(0.458, 24, skew, kurtosis)) == pytest.approx(probability, abs=5e-4)


def test_a_library_finds_the_same_of_returns():
    returns = np.random.default_rng(3).standard_t(4, 800) * 0.01 + 0.0005
    assert probabilistic(track(returns), 0.01) == pytest.approx(
        purgedcv.probabilistic_sharpe_ratio(returns, 0.01)
    )
    assert deflated(track(returns), 50, 0.001) == pytest.approx(
        purgedcv.deflated_sharpe_ratio(returns, 50, 0.001)
    )
    found = track(returns)
    other = purgedcv.min_track_record_length(
        found.sharpe, 0.0, 0.05, skew=found.skew, kurtosis=found.kurtosis
    )
    assert least_track(found) == pytest.approx(other, abs=1)


def test_what_cannot_be_judged():
    assert np.isnan(track(np.zeros(50)).sharpe)
    assert np.isnan(track(np.array([0.1, 0.2])).sharpe)
    assert least_track(Track(-0.1, 50, 0, 3)) == float("inf")
