"""Each model against a closed form or published numbers, without limits that bind."""

import numpy as np
import pytest
from skfolio.moments import LedoitWolf
from skfolio.optimization import HierarchicalRiskParity
from skfolio.prior import EmpiricalPrior

import quant.allocation
from quant.allocation import Problem, hierarchical_risk_parity
from quant.errors import FitError
from quant.plugins import discover
from quant.policy.policy import AllocationPolicy
from quant.risk.covariance import ledoit_wolf

MODELS = discover(quant.allocation)


def problem(returns, strategic=None, tilt=1.0, **settings):
    count = returns.shape[1]
    weights = np.full(count, 1 / count) if strategic is None else np.array(strategic)
    lower, upper = np.maximum(weights - tilt, 0), np.minimum(weights + tilt, 1)
    return Problem(returns, weights, lower, upper, AllocationPolicy(**settings))


def of_covariance(sigmas, correlations):
    """Returns with exactly this covariance; so many that its shrinkage is below 1e-4."""
    covariance = np.outer(sigmas, sigmas) * np.array(correlations)
    points = np.sqrt(len(sigmas)) * np.vstack([np.eye(len(sigmas)), -np.eye(len(sigmas))])
    return np.tile(points @ np.linalg.cholesky(covariance).T, (10_000, 1))


TWO = of_covariance([0.02, 0.01], [[1, 0.3], [0.3, 1]])


def weights(model, *arguments, **settings):
    return MODELS[model].weights(problem(*arguments, **settings))


def test_risk_parity_of_two_assets_is_inverse_volatility():
    np.testing.assert_allclose(weights("risk_parity", TWO), [1 / 3, 2 / 3], atol=1e-4)


def test_risk_parity_of_three_assets_as_published():
    """Bruder and Roncalli, Managing Risk Exposures Using the Risk Budgeting Approach (2012): ERC."""
    correlations = [[1, 0.8, 0.5], [0.8, 1, 0.3], [0.5, 0.3, 1]]
    returns = of_covariance(np.array([0.30, 0.20, 0.15]) / np.sqrt(252), correlations)
    np.testing.assert_allclose(weights("risk_parity", returns), [0.1969, 0.3244, 0.4787], atol=1e-4)


def test_minimum_variance_of_two_assets_in_closed_form():
    """(σ2² - σ12) ÷ (σ1² + σ2² - 2 σ12) = (1 - 0.6) ÷ (4 + 1 - 1.2) = 2 ÷ 19."""
    np.testing.assert_allclose(weights("minimum_variance", TWO), [2 / 19, 17 / 19], atol=2e-4)


def test_maximum_diversification_of_uncorrelated_assets_is_inverse_volatility():
    returns = of_covariance([0.01, 0.02, 0.04], np.eye(3))
    np.testing.assert_allclose(
        weights("maximum_diversification", returns), np.array([4, 2, 1]) / 7, atol=1e-3
    )


def test_minimum_cvar_leaves_an_asset_that_always_loses_more():
    good = np.random.default_rng(2).normal(0, 0.01, (250, 1))
    returns = np.hstack([good - 0.001, good])
    np.testing.assert_allclose(weights("minimum_cvar", returns), [0, 1], atol=1e-5)
    np.testing.assert_allclose(weights("minimum_cvar", returns, tilt=0.1), [0.4, 0.6], atol=1e-5)


def test_maximum_sharpe_of_means_is_the_tangency_portfolio():
    """Σ⁻¹μ over its sum, of means of 0.10% and 0.04% a day: 19 ÷ 44 and 25 ÷ 44."""
    found = weights("maximum_sharpe", TWO + np.array([0.001, 0.0004]), expected_return="mean")
    np.testing.assert_allclose(found, [19 / 44, 25 / 44], atol=2e-4)


def test_maximum_sharpe_with_means_that_are_shrunk_as_jorion_does():
    """μ moves by φ = (N + 2) ÷ (N + 2 + T d'Σ⁻¹d) towards that of the minimum variance, d being its distance.

    So little is 0.10% against 0.04% a day in 250 days that most of it goes (Jorion 1986).
    """
    rng = np.random.default_rng(8)
    drawn = rng.normal(0, 1, (250, 2))
    whitened = np.linalg.solve(
        np.linalg.cholesky(np.cov(drawn, rowvar=False)), (drawn - drawn.mean(axis=0)).T
    ).T
    returns = whitened @ np.linalg.cholesky(np.array([[4, 0.6], [0.6, 1]]) * 1e-4).T + [0.001, 0.0004]
    covariance, mean, ones = ledoit_wolf(returns), returns.mean(axis=0), np.ones(2)
    inverse = np.linalg.inv(covariance)
    least = ones @ inverse @ mean / (ones @ inverse @ ones)
    distance = (mean - least) @ inverse @ (mean - least)
    shrunk = mean + 4 / (4 + 250 * distance) * (least - mean)
    wanted = inverse @ shrunk
    found = weights("maximum_sharpe", returns)
    np.testing.assert_allclose(found, wanted / wanted.sum(), atol=2e-3)
    plain = weights("maximum_sharpe", returns, expected_return="mean")
    small = weights("minimum_variance", returns)
    assert small[0] < found[0] < plain[0]  # it lies between the two


def test_maximum_sharpe_has_no_answer_where_nothing_is_expected_to_earn():
    with pytest.raises(FitError, match="no mix is expected to earn"):
        weights("maximum_sharpe", TWO - 0.001, expected_return="mean")


def test_hierarchical_risk_parity_is_what_skfolio_finds_plainly():
    random = np.random.default_rng(4)
    returns = random.normal(0, 0.01, (252, 6)) @ random.normal(0, 1, (6, 6))
    plain = HierarchicalRiskParity(prior_estimator=EmpiricalPrior(covariance_estimator=LedoitWolf()))
    found = hierarchical_risk_parity.weights(problem(returns))
    np.testing.assert_allclose(found, plain.fit(returns).weights_, rtol=1e-12)


def test_the_library_shrinks_the_covariance_as_we_do():
    returns = np.random.default_rng(6).normal(0, 0.01, (100, 5))
    np.testing.assert_allclose(LedoitWolf().fit(returns).covariance_, ledoit_wolf(returns), rtol=1e-9)


def test_volatility_target_scales_all_weights_by_one_number():
    """Half of each of `TWO`: √(4 + 1 + 1.2) ÷ 2 percent a day, 19.76% a year; 10% of it is 0.506."""
    year = np.sqrt(6.2) / 2 / 100 * np.sqrt(252)
    found = weights("volatility_target", TWO, volatility_target=0.10)
    np.testing.assert_allclose(found, np.array([0.5, 0.5]) * 0.10 / year, rtol=1e-4)
    np.testing.assert_allclose(weights("volatility_target", TWO, volatility_target=0.30), [0.5, 0.5])


def test_no_volatility_cannot_be_scaled():
    with pytest.raises(FitError, match="no volatility in the window"):
        weights("volatility_target", np.zeros((100, 2)), volatility_target=0.10)


def test_trend_by_moving_average_holds_what_is_above_its_mean():
    rises, falls = np.full(200, 0.001), np.full(200, -0.001)
    turned = np.concatenate([falls[:150], np.full(50, 0.01)])
    found = weights("trend", np.column_stack([rises, falls, turned]), strategic=[0.5, 0.3, 0.2])
    assert found.tolist() == [0.5, 0.0, 0.2]


def test_trend_by_momentum_does_not_see_the_last_month():
    rises, falls = np.full(252, 0.001), np.full(252, -0.001)
    turned = np.concatenate([falls[:-21], np.full(21, 0.10)])
    returns = np.column_stack([rises, falls, turned])
    found = weights("trend", returns, strategic=[0.5, 0.3, 0.2], trend="momentum")
    assert found.tolist() == [0.5, 0.0, 0.0]


def test_a_solver_that_finds_nothing_says_so():
    """Limits that no weights can meet."""
    impossible = problem(TWO)
    impossible.upper[:] = 0.4
    with pytest.raises(FitError, match="MeanRisk has not converged"):
        MODELS["minimum_variance"].weights(impossible)
