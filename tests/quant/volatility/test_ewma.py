from datetime import date

import numpy as np
import pandas as pd
import pytest

from quant.volatility.ewma import Parameters, annualised, lookback
from tests.quant.panels import panel_of


def test_by_hand():
    """Two returns of 1% and 2%: 0.94 * 0.0001 + 0.06 * 0.0004 = 0.000118 a day, mean zero."""
    closes = 50 * np.exp(np.cumsum([0, 0.01, 0.02]))
    assert annualised(panel_of(closes), Parameters(minimum=2))[0] == pytest.approx((0.000118 * 252) ** 0.5)


def test_a_constant_return_has_its_own_size_as_volatility():
    """The mean is zero by definition, so that a steady climb of 1% a day is 1% of volatility, not none."""
    closes = 50 * np.exp(0.01 * np.arange(40))
    assert annualised(panel_of(closes), Parameters())[0] == pytest.approx(0.01 * 252**0.5)


def test_fewer_than_the_minimum_of_returns_is_unknown():
    closes = np.linspace(100, 110, 21)
    assert np.isfinite(annualised(panel_of(closes), Parameters())[0])
    assert np.isnan(annualised(panel_of(closes[1:]), Parameters())[0])


def test_the_seed_is_the_first_return_of_the_last_sessions():
    closes = np.r_[1000.0, np.tile([100.0, 101.0], 15)]  # a crash that lies before the first session used
    used = Parameters(sessions=29)
    assert annualised(panel_of(closes), used)[0] == annualised(panel_of(closes[1:]), used)[0]
    one_more = annualised(panel_of(closes), Parameters(sessions=30))[0]
    assert one_more > 5 * annualised(panel_of(closes), used)[0]
    assert one_more == annualised(panel_of(closes), Parameters())[0]


def test_five_hundred_returns_need_one_price_more():
    assert lookback(Parameters()) == 501


def test_real_funds_against_pandas(shared_data):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet")
    adjusted = bars.pivot_table(index="session", columns="symbol", values="adj_close").loc[
        : date(2020, 3, 16)
    ]
    squares = np.log(adjusted).diff().tail(500) ** 2
    expected = np.sqrt(squares.ewm(alpha=0.06, adjust=False).mean().iloc[-1] * 252)
    np.testing.assert_allclose(annualised(panel_of(adjusted), Parameters()), expected, rtol=1e-9)
