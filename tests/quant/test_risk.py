import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quant.risk import backcast_drawdown, historical_var

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
