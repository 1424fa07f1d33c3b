import numpy as np
import pandas as pd
import pytest

from quant.signals.regime import Parameters, compute
from tests.quant.panels import panel_of


def walk(sigmas, seed=3):
    return 50 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, sigmas)))


def test_against_pandas():
    closes = walk(np.full(501, 0.01))
    variances = (np.log(pd.Series(closes)).diff() ** 2).dropna().ewm(alpha=0.06, adjust=False).mean()
    last = variances.tail(252)
    [reading] = compute(panel_of(closes), Parameters())
    assert reading.value == pytest.approx((last < last.iloc[-1]).mean())
    assert reading.action is None


@pytest.mark.parametrize(("late", "label"), [(0.03, "high"), (0.003, "low")])
def test_a_change_of_volatility_changes_the_regime(late, label):
    [reading] = compute(panel_of(walk(np.r_[np.full(470, 0.01), np.full(31, late)])), Parameters())
    assert reading.label == label


def test_the_bounds():
    """A volatility that only grows stands above all its others, one that only falls below them."""
    growing = 50 * np.exp(np.cumsum(np.linspace(0.001, 0.02, 400)))
    [high], [low] = (compute(panel_of(closes), Parameters()) for closes in (growing, growing[::-1].copy()))
    assert (high.value, high.label) == (251 / 252, "high")
    assert (low.value, low.label) == (0.0, "low")
    middle = Parameters(low=0.0, high=1.0)
    assert compute(panel_of(growing), middle)[0].label == "normal"


def test_fewer_estimates_are_unknown():
    closes = walk(np.full(272, 0.01))  # 271 returns, of which the first 19 make no estimate
    assert np.isfinite(compute(panel_of(closes), Parameters())[0].value)
    [short] = compute(panel_of(closes[1:]), Parameters())
    assert np.isnan(short.value)
    assert short.label is None


def test_a_missing_close_makes_no_estimate():
    closes = walk(np.full(400, 0.01))
    gaps = np.insert(closes, [150, 300, 400], np.nan)
    assert compute(panel_of(gaps), Parameters()) == compute(panel_of(closes), Parameters())
