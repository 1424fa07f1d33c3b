"""The shrunk covariance against scikit-learn's, and Euler's theorem on what the positions contribute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.covariance import ledoit_wolf as theirs

from quant.risk.contributions import contributions
from quant.risk.covariance import ledoit_wolf, sample
from quant.risk.measures import backcast_volatility


def market(sessions=252, symbols=4, seed=1):
    random = np.random.default_rng(seed)
    return random.multivariate_normal(np.zeros(symbols), np.eye(symbols) * 1e-4 + 5e-5, sessions)


@pytest.mark.parametrize(("sessions", "symbols"), [(252, 1), (252, 4), (60, 40), (30, 60)])
def test_the_covariance_is_that_of_scikit_learn(sessions, symbols):
    returns = market(sessions, symbols)
    np.testing.assert_allclose(ledoit_wolf(returns), theirs(returns)[0], rtol=1e-10, atol=1e-18)


def test_two_positions_by_hand():
    """Returns ±1% and ±2%, uncorrelated in four sessions: shrunk by δ towards the mean variance of 2.5e-4.

    S = diag(1e-4, 4e-4), ‖S - mI‖² = 2 (1.5e-4)² = 4.5e-8; each |x|⁴ = (5e-4)², so the scatter is
    (2.5e-7 - 1.7e-7) / n = 8e-8 / 100, and δ = 8e-10 / 4.5e-8 = 8 / 450.
    """
    returns = np.tile([[0.01, 0.02], [0.01, -0.02], [-0.01, 0.02], [-0.01, -0.02]], (25, 1))
    delta = 8 / 450
    first, second = (value + delta * (2.5e-4 - value) for value in (1e-4, 4e-4))
    found = contributions(np.array([0.6, 0.3]), returns)
    variance = 0.36 * first + 0.09 * second
    assert found.volatility == pytest.approx((252 * variance) ** 0.5)
    assert found.share == pytest.approx([0.36 * first / variance, 0.09 * second / variance])


@settings(max_examples=40, deadline=None)
@given(
    arrays(float, 4, elements=st.integers(-1000, 2000).map(lambda share: share / 1000)),
    st.floats(0.1, 3),
    st.integers(0, 5),
)
def test_contributions_sum_to_the_total_and_scale_with_the_weights(weights, factor, seed):
    returns = market(seed=seed)
    before = weights.copy(), returns.copy()
    found, larger = contributions(weights, returns), contributions(weights * factor, returns)
    assert found.contribution.sum() == pytest.approx(found.volatility)
    assert larger.volatility == pytest.approx(factor * found.volatility)
    assert larger.contribution == pytest.approx(factor * found.contribution)
    if weights.any():
        assert found.share.sum() == pytest.approx(1)
    np.testing.assert_array_equal(weights, before[0])
    np.testing.assert_array_equal(returns, before[1])


def test_a_symbol_that_is_not_held_needs_no_returns():
    returns = market()
    without = np.column_stack([returns, np.full(252, np.nan)])
    found = contributions(np.array([0.5, 0.2, 0.1, 0.1, 0.0]), without)
    same = contributions(np.array([0.5, 0.2, 0.1, 0.1]), returns)
    assert found.volatility == same.volatility
    assert found.contribution.tolist() == [*same.contribution, 0.0]


def test_cash_alone_has_no_risk():
    found = contributions(np.zeros(4), market())
    assert (found.volatility, found.contribution.sum()) == (0.0, 0.0)


def test_what_is_not_known():
    weights, returns = np.full(4, 0.25), market()
    assert np.isfinite(contributions(weights, returns[:60]).volatility)
    assert np.isnan(contributions(weights, returns[:59]).volatility)
    assert np.isnan(contributions(np.array([np.nan, 0.5, 0.2, 0.1]), returns).volatility)
    gaps = returns.copy()
    gaps[10:, 2] = np.nan
    assert np.isnan(contributions(weights, gaps).contribution).all()


def test_of_the_sample_covariance_it_is_the_volatility_of_the_backcast():
    """√(w'Σw) with Σ of ddof 1, as max_volatility measures it; Ledoit and Wolf's is another number."""
    weights, returns = np.array([0.4, 0.3, 0.2, 0.1]), market()
    found = contributions(weights, returns, "sample")
    assert found.volatility == pytest.approx(backcast_volatility(weights, returns))
    assert found.contribution.sum() == pytest.approx(found.volatility)
    assert found.volatility != pytest.approx(contributions(weights, returns).volatility, rel=1e-6)
    np.testing.assert_allclose(sample(returns), np.cov(returns, rowvar=False))
    assert sample(returns[:, :1]).shape == (1, 1)
