import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from quant.market.returns import (
    ewma_volatility,
    fill_forward,
    last_known,
    log_returns,
    previous,
    simple_returns,
)

NAN = np.nan
tables = arrays(
    float,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30),
    elements=st.one_of(st.just(NAN), st.floats(0.01, 1e4)),
)


@given(tables)
def test_filling_agrees_with_pandas(values):
    np.testing.assert_array_equal(fill_forward(values), pd.DataFrame(values).ffill())
    np.testing.assert_array_equal(previous(values), pd.DataFrame(values).ffill().shift(1))
    np.testing.assert_array_equal(fill_forward(values[:, 0]), pd.Series(values[:, 0]).ffill())


@given(tables)
def test_log_returns_run_between_known_closes(closes):
    for column, closes_of_one in enumerate(closes.T):
        series = pd.Series(closes_of_one)
        expected = np.log(series.dropna()).diff().reindex(series.index)
        np.testing.assert_allclose(log_returns(closes)[:, column], expected, rtol=1e-12, atol=1e-14)


def test_a_gap_is_spanned_by_the_return_after_it():
    closes = np.array([[100.0], [NAN], [0.0], [-5.0], [121.0]])
    np.testing.assert_allclose(log_returns(closes)[:, 0], [NAN, NAN, NAN, NAN, np.log(1.21)])
    np.testing.assert_allclose(simple_returns(closes)[:, 0], [NAN, 0, 0, 0, 0.21])


def test_simple_returns_begin_after_the_first_close():
    closes = np.array([[NAN], [NAN], [50.0], [55.0]])
    np.testing.assert_allclose(simple_returns(closes)[:, 0], [NAN, NAN, NAN, 0.1])


@given(tables, st.integers(1, 40))
def test_last_known_are_the_newest_values(values, count):
    last = last_known(values, count)
    assert last.shape == (count, values.shape[1])
    for column in range(values.shape[1]):
        known = pd.Series(values[:, column]).dropna().tail(count)
        np.testing.assert_array_equal(last[count - len(known) :, column], known)
        assert np.isnan(last[: count - len(known), column]).all()


def test_ewma_of_the_textbook():
    """Hull, Options, Futures, and Other Derivatives, on EWMA: λ 0.90, sigma 1%, then a move of 2%."""
    assert ewma_volatility(np.array([[0.01], [0.02]]), decay=0.90, minimum=2)[0] == pytest.approx(
        0.00013**0.5
    )


returns_tables = arrays(
    float,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=60),
    elements=st.one_of(st.just(NAN), st.floats(-0.5, 0.5)),
)


@given(returns_tables, st.floats(0.5, 0.99))
def test_ewma_agrees_with_pandas(returns, decay):
    squares = pd.DataFrame(returns) ** 2
    mean = squares.ewm(alpha=1 - decay, adjust=False, ignore_na=True).mean().iloc[-1]
    expected = np.sqrt(mean.where(squares.notna().sum() >= 5))
    np.testing.assert_allclose(ewma_volatility(returns, decay, minimum=5), expected, rtol=1e-9, atol=1e-15)
