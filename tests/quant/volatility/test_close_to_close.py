from datetime import date

import numpy as np
import pandas as pd
import pytest

from quant.volatility.close_to_close import Parameters, annualised, lookback
from tests.quant.panels import panel_of

HULL = [
    20.00, 20.10, 19.90, 20.00, 20.50, 20.25, 20.90, 20.90, 20.90, 20.75, 20.75,
    21.00, 21.10, 20.90, 20.90, 21.25, 21.40, 21.40, 21.25, 21.75, 22.00,
]  # fmt: skip


def test_the_textbook_table():
    """Hull, Options, Futures, and Other Derivatives, on daily closes: 1.216% a day, 19.3% a year."""
    volatility = annualised(panel_of(HULL), Parameters())[0]
    assert volatility / np.sqrt(252) == pytest.approx(0.01216, abs=5e-6)
    assert volatility == pytest.approx(0.193, abs=5e-4)


def test_only_the_last_window_counts():
    wild = [100.0, 10.0, 90.0, 20.0]
    assert annualised(panel_of(wild + HULL), Parameters()) == pytest.approx(0.193024, abs=1e-6)


def test_missing_bars_are_bridged_by_older_returns():
    gaps = [*HULL[:7], np.nan, *HULL[7:], np.nan]
    assert annualised(panel_of(gaps), Parameters()) == pytest.approx(0.193024, abs=1e-6)


def test_one_return_too_few_is_unknown():
    assert np.isnan(annualised(panel_of(HULL[1:]), Parameters())).all()


def test_distributions_are_part_of_the_return():
    closes = [100.0] * 11 + [99.0] * 10
    cash = [0.0] * 11 + [1.0] + [0.0] * 9
    assert annualised(panel_of(closes, distributions=cash), Parameters())[0] == pytest.approx(0, abs=1e-12)


def test_real_funds_against_pandas(shared_data):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet")
    adjusted = bars.pivot_table(index="session", columns="symbol", values="adj_close").loc[
        : date(2015, 8, 24)
    ]
    expected = np.log(adjusted).diff().rolling(20).std().iloc[-1] * np.sqrt(252)
    panel = panel_of(adjusted.tail(lookback(Parameters())))
    np.testing.assert_allclose(annualised(panel, Parameters()), expected, rtol=1e-9)
