import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quant.risk.measures import (
    backcast_drawdown,
    backcast_volatility,
    beta,
    historical_cvar,
    historical_var,
    parametric_cvar,
    parametric_var,
    tracking_error,
)

ALL = np.array([1.0])


def column(values):
    return np.array(values, dtype=float)[:, None]


LADDER = column(
    np.random.default_rng(1).permutation(np.arange(1, 501)) / -1000
)  # losses 0.1% to 50%, in any order


def test_var_is_the_476th_of_500_ordered_losses():
    """(500 - 1) * 0.95 is 474.05; the next higher position, counted from 0, is 475: the loss of 47.6%."""
    assert historical_var(ALL, LADDER) == pytest.approx(0.476)


def test_cash_dilutes_var():
    assert historical_var(np.array([0.5]), LADDER) == pytest.approx(0.238)
    assert historical_var(np.array([0.0]), LADDER) == 0


def test_only_the_last_sessions_count():
    assert historical_var(ALL, np.r_[np.full((50, 1), -0.9), LADDER]) == pytest.approx(0.476)
    assert historical_var(ALL, LADDER, count=501) != historical_var(ALL, LADDER)


def test_the_drawdown_by_hand():
    returns = column([0.10, -0.20, 0.05, -0.10])  # 1.1, 0.88, 0.924, 0.8316
    assert backcast_drawdown(ALL, returns, count=4) == pytest.approx(1 - 0.8316 / 1.1)
    assert backcast_drawdown(np.array([0.5]), returns, count=4) == pytest.approx(1 - 0.92019375 / 1.05)


def test_the_start_is_a_peak():
    assert backcast_drawdown(ALL, column([-0.1, 0.05]), count=2) == pytest.approx(0.1)
    assert backcast_drawdown(ALL, column([0.1, 0.05]), count=2) == 0


def test_too_few_returns_are_unknown():
    assert np.isnan(historical_var(ALL, LADDER[:499]))
    assert np.isnan(backcast_drawdown(ALL, LADDER[:251]))
    assert np.isfinite(backcast_drawdown(ALL, LADDER[:252]))
    assert np.isnan(historical_var(np.array([np.nan]), LADDER))


def test_a_session_counts_when_every_held_symbol_has_a_return():
    young = np.where(np.arange(500) < 3, np.nan, 0.0)[:, None]
    returns = np.c_[LADDER, young]
    assert np.isnan(historical_var(np.array([0.9, 0.1]), returns))
    assert np.isfinite(historical_var(np.array([0.9, 0.1]), returns, count=497))
    assert historical_var(np.array([1.0, 0.0]), returns) == pytest.approx(0.476)


returns_tables = arrays(float, (60, 3), elements=st.floats(-0.3, 0.3))
weights = arrays(float, 3, elements=st.floats(0, 0.33))


@given(returns_tables, weights, st.randoms(use_true_random=False))
def test_properties_of_long_portfolios(returns, held, random):
    var = historical_var(held, returns, count=60)
    drawdown = backcast_drawdown(held, returns, count=60)
    assert 0 <= drawdown < 1
    assert var <= drawdown + 1e-12  # one bad session is a drawdown of its own
    order = list(range(60))
    random.shuffle(order)
    assert historical_var(held, returns[order], count=60) == pytest.approx(var, abs=1e-15)
    assert historical_var(held / 2, returns, count=60) == pytest.approx(var / 2, abs=1e-15)


def test_cvar_is_the_mean_of_the_losses_that_reach_the_var():
    """Of the losses 0.1% to 50% those from 47.6% on: (47.6 + 50) ÷ 2."""
    assert historical_cvar(ALL, LADDER) == pytest.approx(0.488)
    assert np.isnan(historical_cvar(ALL, LADDER[:499]))


def test_normal_var_and_cvar_of_standard_returns():
    """1.644854 and 2.062713 standard deviations: the published quantile, and the mean beyond it."""
    swing = column([0.02 + 0.01, 0.02 - 0.01] * 250)
    deviation = 0.01 * np.sqrt(500 / 499)
    assert parametric_var(ALL, swing) == pytest.approx(1.644854 * deviation - 0.02, abs=1e-8)
    assert parametric_cvar(ALL, swing) == pytest.approx(2.062713 * deviation - 0.02, abs=1e-8)


def test_a_session_without_a_benchmark_does_not_count():
    own, market = column([0.5, 0.02, 0.01, -0.01]), np.array([np.nan, 0.01, 0.0, -0.02])
    assert beta(ALL, own, market, count=3) == pytest.approx(np.cov([2, 1, -1], [1, 0, -2])[0, 1] / (7 / 3))
    assert tracking_error(ALL, own, market, count=3) == pytest.approx(0, abs=1e-15)
    assert np.isnan(beta(ALL, own, market, count=4))
    assert np.isnan(tracking_error(ALL, own, market, count=4))


@given(returns_tables, weights)
@settings(max_examples=30)
def test_properties_of_the_spread(returns, held):
    market = returns @ np.array([0.2, 0.3, 0.5])
    covariance = np.cov(returns, rowvar=False)
    volatility = backcast_volatility(held, returns, count=60)
    assert volatility == pytest.approx(np.sqrt(max(held @ covariance @ held, 0) * 252), abs=1e-9)
    assert tracking_error(np.array([0.2, 0.3, 0.5]), returns, market, count=60) == pytest.approx(0, abs=1e-9)
    assert historical_cvar(held, returns, count=60) >= historical_var(held, returns, count=60) - 1e-12
    assert parametric_cvar(held, returns, count=60) >= parametric_var(held, returns, count=60) - 1e-12
    if market.std() > 1e-6:
        assert beta(held, returns, market, count=60) == pytest.approx(
            np.polyfit(market, returns @ held, 1)[0], rel=1e-6, abs=1e-6
        )


def test_real_funds_against_pandas(shared_data):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet")
    prices = bars.pivot_table(index="session", columns="symbol", values="adj_close")[["SPY", "AGG", "GLD"]]
    returns = prices.pct_change().loc[: pd.Timestamp("2020-03-16").date()]
    held = np.array([0.6, 0.3, 0.05])
    portfolio = 0.6 * returns["SPY"] + 0.3 * returns["AGG"] + 0.05 * returns["GLD"]
    losses = (-portfolio.tail(500)).sort_values().to_numpy()
    assert historical_var(held, returns.to_numpy()) == pytest.approx(losses[475])
    wealth = (1 + portfolio.tail(252)).cumprod()
    peaks = wealth.cummax().clip(lower=1.0)
    assert backcast_drawdown(held, returns.to_numpy()) == pytest.approx((1 - wealth / peaks).max())
    active = portfolio - returns["SPY"]
    assert historical_cvar(held, returns.to_numpy()) == pytest.approx(losses[475:].mean())
    assert backcast_volatility(held, returns.to_numpy()) == pytest.approx(
        portfolio.tail(252).std() * 252**0.5
    )
    market = returns["SPY"].to_numpy()
    assert tracking_error(held, returns.to_numpy(), market) == pytest.approx(
        active.tail(252).std() * 252**0.5
    )
    pair = pd.DataFrame({"own": portfolio, "market": returns["SPY"]}).tail(252).cov()
    slope = pair.loc["own", "market"] / pair.loc["market", "market"]
    assert beta(held, returns.to_numpy(), market) == pytest.approx(slope)
