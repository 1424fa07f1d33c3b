import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.market.adjust import NOISE, build, derive_distributions
from tests.quant.panels import panel_of

NAN = np.nan
PRICES = ("open", "high", "low", "close", "total", "volume", "traded")


def test_the_example_that_yahoo_published():
    """Yahoo's help page on adjusted closes: February 2003, split 2:1 on the 18th, $0.08 ex on the 19th."""
    panel = panel_of([46.99, 48.30, 24.96, 24.53], splits=[1, 1, 2, 1], distributions=[0, 0, 0, 0.08])
    np.testing.assert_allclose(panel.total[:, 0], [23.42, 24.07, 24.88, 24.53], atol=0.005)
    np.testing.assert_allclose(panel.close[:, 0], [23.495, 24.15, 24.96, 24.53])
    np.testing.assert_array_equal(panel.traded[:, 0], [46.99, 48.30, 24.96, 24.53])
    np.testing.assert_array_equal(panel.volume[:, 0], [2e6, 2e6, 1e6, 1e6])


def test_a_split_and_a_distribution_on_one_day_count_in_new_shares():
    panel = panel_of([100.0, 49.0], splits=[1, 2], distributions=[0, 1.0])
    assert panel.total[1, 0] / panel.total[0, 0] == pytest.approx(1.0)  # 50 became 49 and 1 in cash


def test_a_distribution_before_a_split_is_in_old_shares():
    panel = panel_of([100.0, 98.0, 49.0], splits=[1, 1, 2], distributions=[0, 2.0, 0])
    np.testing.assert_allclose(panel.total[:, 0], 49.0)


def test_missing_bars_stay_missing_and_actions_on_them_count():
    panel = panel_of([100.0, NAN, 97.0], distributions=[0, 3.0, 0])
    np.testing.assert_allclose(panel.total[:, 0], [97.0, NAN, 97.0])
    panel = panel_of([100.0, NAN, 48.5], splits=[1, 2, 1], distributions=[0, 0, 1.5])
    np.testing.assert_allclose(panel.total[:, 0], [48.5, NAN, 48.5])


def test_a_close_that_is_no_price_is_not_what_a_distribution_is_measured_by():
    panel = panel_of([100.0, 0.0, 97.0], distributions=[0, 0, 3.0])
    np.testing.assert_allclose(panel.total[:, 0], [97.0, 0.0, 97.0])


def test_actions_before_the_first_close_change_nothing():
    panel = panel_of([NAN, NAN, 20.0, 21.0], splits=[1, 2, 1, 1], distributions=[5.0, 0, 1.0, 0])
    np.testing.assert_array_equal(panel.total[:, 0], [NAN, NAN, 20.0, 21.0])


@pytest.mark.parametrize("impossible", [100.0, 250.0, -1.0, NAN])
def test_an_impossible_distribution_ends_the_known_total_returns_of_that_symbol_only(impossible):
    closes = np.array([[100.0, 10.0]] * 4)
    cash = np.zeros((4, 2))
    cash[2, 0] = impossible
    panel = panel_of(closes, distributions=cash)
    np.testing.assert_array_equal(panel.total[:, 0], [NAN, NAN, 100.0, 100.0])
    np.testing.assert_array_equal(panel.total[:, 1], [10.0] * 4)
    np.testing.assert_array_equal(panel.close[:, 0], [100.0] * 4)


def test_arrays_are_read_only_and_inputs_are_left_alone():
    close = np.array([[10.0], [11.0]])
    ones, zeros = np.ones((2, 1)), np.zeros((2, 1))
    sessions = np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[ns]")
    panel = build(sessions, ("A",), close, close, close, close, ones, ones, zeros)
    assert str(panel.sessions[-1]) == "2024-01-03"
    for name in (*PRICES, "sessions"):
        assert not getattr(panel, name).flags.writeable
        assert not getattr(panel.tail(1), name).flags.writeable
    close[0] = 12.0  # still the caller's to write, and nobody else's
    assert panel.traded[0, 0] == 10.0


days = st.lists(
    st.tuples(st.floats(1.0, 1000.0), st.sampled_from([1.0, 1.0, 1.0, 2.0, 0.1, 1.5]), st.floats(0, 0.5)),
    min_size=2,
    max_size=30,
)


@given(days)
def test_total_returns_are_what_a_holder_earns_who_reinvests(history):
    """Yahoo's factors reinvest at the previous close less the distribution: close ÷ (before - cash)."""
    closes, splits, payouts = (np.array(values) for values in zip(*history, strict=True))
    before = np.r_[closes[0], closes[:-1]] / splits  # in the shares of the day
    cash = payouts * before
    panel = panel_of(closes, splits=splits, distributions=cash)
    growth = panel.total[1:, 0] / panel.total[:-1, 0]
    np.testing.assert_allclose(growth, closes[1:] / (before[1:] - cash[1:]), rtol=1e-9)
    assert panel.total[-1, 0] == panel.close[-1, 0] == closes[-1]


@given(days, st.integers(1, 29))
def test_later_days_only_rescale_the_past(history, cut):
    closes, splits, payouts = (np.array(values) for values in zip(*history[: cut + 1], strict=True))
    cash = np.where(splits == 1, payouts * np.r_[closes[0], closes[:-1]] * 0.9, 0.0)
    now = panel_of(closes[:cut], splits=splits[:cut], distributions=cash[:cut])
    later = panel_of(closes, splits=splits, distributions=cash)
    for name in ("close", "total"):
        ratio = getattr(later, name)[:cut, 0] / getattr(now, name)[:, 0]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)


@given(days)
def test_derived_distributions_undo_the_adjustment(history):
    closes, splits, payouts = (np.array(values) for values in zip(*history, strict=True))
    payouts = np.where(payouts < 1e-4, 0.0, payouts)
    cash = payouts * np.r_[0.0, closes[:-1]] / splits
    panel = panel_of(closes, splits=splits, distributions=cash)
    derived = derive_distributions(closes, panel.total[:, 0], splits)
    np.testing.assert_allclose(derived, cash, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(derived == 0, cash == 0)


def test_derived_distributions_by_hand():
    closes = np.array([50.0, NAN, 49.0, 49.0, 48.0])
    adjusted = np.array([49.0, 49.0, 49.0, 49.0 * (1 + NOISE / 2), 48.0])
    np.testing.assert_allclose(derive_distributions(closes, adjusted), [0, 0, 1.0, 0, 0], atol=1e-12)


def test_a_falling_ratio_is_shown_as_a_negative_distribution():
    derived = derive_distributions(np.array([10.0, 10.0]), np.array([10.0, 9.9]))
    assert derived[1] == pytest.approx(10 * (1 - 10 / 9.9))
    assert derived[1] < 0


def test_returns_of_21_funds_equal_the_vendors_adjusted_returns(shared_data):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet").sort_values(["symbol", "session"])
    for _, of_one in bars.groupby("symbol"):
        closes, adjusted = of_one["close"].to_numpy(), of_one["adj_close"].to_numpy()
        cash = derive_distributions(closes, adjusted)
        assert (cash >= 0).all()
        total = panel_of(closes, distributions=cash).total[:, 0]
        vendor = of_one["adj_close"].pct_change().to_numpy()[1:]
        np.testing.assert_allclose(total[1:] / total[:-1] - 1, vendor, rtol=0, atol=2.5e-6)
        np.testing.assert_allclose(total[-1] / total[0], adjusted[-1] / adjusted[0], rtol=2e-5)


def test_the_smallest_real_distribution_is_found(shared_data):
    """BIL went ex $0.002 on 2009-07-01; adj_close moved by 2.2e-5 against close."""
    bars = pd.read_parquet(shared_data / "etf_daily.parquet").query("symbol == 'BIL'").sort_values("session")
    cash = derive_distributions(bars["close"].to_numpy(), bars["adj_close"].to_numpy())
    paid = pd.Series(cash, index=bars["session"].astype(str))
    assert paid["2009-07-01"] == pytest.approx(0.002, abs=1e-4)
    assert (paid["2009-07-02":"2009-07-31"] == 0).all()


def test_reported_dividends_give_the_vendors_adjusted_closes(shared_data):
    """Yahoo's own answer for MSFT: reported dividends against adjusted closes, told apart."""
    name = "historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json"
    recorded = json.loads((shared_data / "yahoo_http" / name).read_text())
    answer = recorded["response"]["bodyJson"]["chart"]["result"][0]
    stamps = answer["timestamp"]
    cash = np.zeros(len(stamps))
    for dividend in answer["events"]["dividends"].values():
        cash[stamps.index(dividend["date"])] = dividend["amount"]
    assert np.count_nonzero(cash) == 4
    total = panel_of(answer["indicators"]["quote"][0]["close"], distributions=cash).total[:, 0]
    vendor = np.array(answer["indicators"]["adjclose"][0]["adjclose"])
    np.testing.assert_allclose(total / total[-1], vendor / vendor[-1], rtol=2e-6)


@pytest.mark.parametrize("decimals", [2, 3])
def test_rounding_of_adjusted_closes_is_no_distribution(decimals: int) -> None:
    generator = np.random.default_rng(3)
    close = np.round(50 * np.exp(np.cumsum(generator.normal(0, 0.01, 500))), 2)
    factor = np.where(np.arange(500) < 250, 1 - 0.6 / close[249], 1.0)
    derived = derive_distributions(close, np.round(close * factor, decimals))
    assert np.flatnonzero(derived).tolist() == [250]
    assert derived[250] == pytest.approx(0.6, abs=2 * 10**-decimals)
