from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.signals.adaptive import Parameters, compute, decide
from tests.quant.panels import panel_of

NOTE = [100.0, 101, 102, 98, 97, 99, 100, 102]  # the example of the strategy note
DEVIATION = (192 / 49) ** 0.5  # of its differences 1 1 -4 -1 2 1 2: mean 2/7, mean square 4


def read(closes, differences=20, **actions):
    return compute(panel_of(closes, **actions), Parameters(differences))[0]


def test_the_example_of_the_strategy_note():
    answers = [decide(difference, DEVIATION) for difference in np.diff(NOTE)]
    assert answers == ["Hold", "Hold", "Sell", "Hold", "Buy", "Hold", "Buy"]


def test_its_last_day_from_prices():
    reading = read(NOTE, differences=7)
    assert reading.action == "Buy"
    assert reading.value == pytest.approx(2 / DEVIATION)
    assert reading.alert is None


def test_a_split_is_not_a_move():
    traded = [price * 3 for price in NOTE[:4]] + NOTE[4:]
    reading = read(traded, differences=7, splits=[1, 1, 1, 1, 3, 1, 1, 1])
    assert reading.value == pytest.approx(2 / DEVIATION)


def test_distributions_are_not_taken_out():
    assert read(NOTE, differences=7, distributions=[0, 0, 0, 3, 0, 0, 0, 0]) == read(NOTE, differences=7)


def test_too_short_a_history_has_no_opinion():
    reading = read(NOTE, differences=8)
    assert np.isnan(reading.value)
    assert reading.action is None


def test_a_session_without_a_close_has_no_opinion():
    reading = read([*NOTE, np.nan], differences=7)
    assert np.isnan(reading.value)
    assert reading.action is None


def test_a_gap_is_bridged():
    assert read([*NOTE[:3], np.nan, *NOTE[3:]], differences=7) == read(NOTE, differences=7)


@pytest.mark.parametrize(("step", "action"), [(0.0, "Hold"), (1.0, "Buy"), (-1.0, "Sell")])
def test_equal_changes_have_no_ratio_but_an_action(step, action):
    reading = read(100 + step * np.arange(21))
    assert np.isnan(reading.value)
    assert reading.action == action


@given(st.floats(-100, 100), st.floats(0, 100))
def test_buy_and_sell_mirror_each_other(change, deviation):
    mirror = {"Buy": "Sell", "Sell": "Buy", "Hold": "Hold"}
    assert decide(-change, deviation) == mirror[decide(change, deviation)]


def test_real_funds_against_pandas(shared_data):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet")
    closes = bars.pivot_table(index="session", columns="symbol", values="close").loc[: date(2015, 8, 24)]
    changes = closes.diff().tail(20)
    expected = changes.iloc[-1] / changes.std(ddof=0)
    readings = compute(panel_of(closes.tail(100)), Parameters())
    np.testing.assert_allclose([reading.value for reading in readings], expected, rtol=1e-9)
    sold = [reading.action == "Sell" for reading in readings]
    assert sold == list(expected < -1)
    assert any(sold)
