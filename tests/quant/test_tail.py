"""Value at risk at any level, window and horizon: Hull's example, and what must hold for any returns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.risk.measures import historical_cvar, historical_var, parametric_cvar, parametric_var
from quant.risk.tail import compounded, tail

WORST = [477.841, 345.435, 282.204, 277.041, 253.385, 217.974, 205.256, 201.389, 191.269, 191.050, 185.127,
         184.450, 182.707, 180.105, 172.224]  # fmt: skip
"""The 15 largest of the 500 losses of Hull's four indices, in thousands of dollars of 10 million."""


def hull():
    """500 returns with these losses; none of the others, which the book does not print, is as large."""
    others = np.random.default_rng(1).uniform(-300, 172, 500 - len(WORST))
    losses = np.concatenate([others, WORST])
    return -np.random.default_rng(2).permutation(losses) / 10_000


def test_hulls_500_days_at_99_percent():
    """$253,385 in a day, and √10 times as much in ten: $801,274 (Hull, Options, Futures, and Other
    Derivatives, the historical simulation of 25 September 2008). The mean of the five worst is $327,181.
    """
    found = tail(hull(), 0.99, 500)
    assert found.historical[0] * 10_000 == pytest.approx(253.385)
    assert found.historical[1] * 10_000 == pytest.approx(327.181, abs=5e-4)
    ten = tail(hull(), 0.99, 500, 10)
    assert ten.historical[0] * 10_000 == pytest.approx(801.274, abs=5e-4)


def test_a_normal_asset_as_hull_has_it():
    """$10 million at 2% a day: 2.33 × $200,000 in a day; over ten days √10 times, with a mean of 0."""
    returns = np.tile([0.02, -0.02], 250)
    returns *= 0.02 / returns.std(ddof=1)
    found = tail(returns, 0.99, 500, 10)
    assert found.normal[0] * 1e7 == pytest.approx(1_473_621, rel=2e-3)  # with 2.326, not 2.33


def test_at_95_percent_it_is_what_the_risk_checks_measure():
    returns = np.random.default_rng(5).normal(0.0004, 0.01, 700)
    found, one = tail(returns, 0.95, 500), np.ones(1)
    past = returns[:, None]
    assert found.historical == (historical_var(one, past), historical_cvar(one, past))
    assert found.normal == pytest.approx((parametric_var(one, past), parametric_cvar(one, past)))
    assert found.direct == pytest.approx(found.historical)  # a horizon of one session


def test_a_mean_counts_once_for_each_session():
    """Normal over ten sessions: z × sd × √10 − 10 × mean."""
    returns = np.random.default_rng(5).normal(0.001, 0.01, 500)
    found = tail(returns, 0.99, 500, 10)
    by_hand = 2.3263478740 * returns.std(ddof=1) * np.sqrt(10) - 10 * returns.mean()
    assert found.normal[0] == pytest.approx(by_hand)


def test_direct_is_of_the_losses_over_the_horizon():
    returns = np.array([0.1, -0.2, 0.05, 0.0, -0.1])
    assert compounded(returns, 2) == pytest.approx([-0.12, -0.16, 0.05, -0.1])
    found = tail(returns, 0.75, 4, 2)
    assert found.direct[0] == pytest.approx(0.16)  # of four losses the upper quantile at 75%
    assert np.isnan(tail(returns, 0.75, 5, 2).direct).all()  # there are four
    assert np.isnan(tail(returns, 0.75, 6).historical).all()


@settings(max_examples=50)
@given(st.floats(0.6, 0.98), st.integers(0, 10_000))
def test_a_higher_level_loses_no_less(level, seed):
    returns = np.random.default_rng(seed).standard_t(4, 300) / 100
    low, high = (tail(returns, one, 250, 5) for one in (level, level + 0.015))
    for name in ("historical", "normal", "direct"):
        below, above = getattr(low, name), getattr(high, name)
        assert below[0] <= above[0]
        assert below[1] <= above[1] + 1e-15
        assert below[0] <= below[1]
