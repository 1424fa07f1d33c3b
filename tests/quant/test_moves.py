import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from quant.market.moves import references

NAN = np.nan


def reference_of(closes, floor=0.25, sigmas=8.0):
    return references(np.array(closes, dtype=float)[:, None], floor, sigmas)[0][:, 0]


def sigma_of(closes, floor=0.25, sigmas=8.0):
    return references(np.array(closes, dtype=float)[:, None], floor, sigmas)[1][:, 0]


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        ([100, 101, 102], [NAN, 100, 101]),
        ([100, 101, 1000, 102], [NAN, 100, 101, 101]),  # a bad close does not condemn the good one after it
        ([100, 200, 202, 204], [NAN, 100, 200, 202]),  # a new level is believed when confirmed the next day
        ([100, 200, 202, 101, 102], [NAN, 100, 200, 202, 101]),  # then the old one is the stranger, for a day
        ([100, NAN, 0, -3, 110], [NAN, NAN, NAN, NAN, 100]),  # missing, and what cannot be a price
        ([NAN, NAN, 50, 51], [NAN, NAN, NAN, 50]),
    ],
)
def test_the_reference_is_the_nearer_of_the_delivered_and_the_accepted(closes, expected):
    np.testing.assert_array_equal(reference_of(closes, sigmas=0), expected)


def test_the_floor_is_inclusive():
    np.testing.assert_array_equal(reference_of([100, 125, 100], sigmas=0), [NAN, 100, 125])
    np.testing.assert_array_equal(reference_of([100, 125.01, 100], sigmas=0), [NAN, 100, 100])


def test_a_wild_symbol_may_move_further():
    wild = [100, 120, 100, 120, 240, 120]  # sigma is ln 1.2, eight of them are 146%
    assert reference_of(wild)[-1] == 240
    assert reference_of(wild, sigmas=5)[-1] == 120


def test_sigma_is_of_the_days_before():
    step, small = np.log(1.1), np.log(1.02)
    expected = [NAN, NAN, step, (0.94 * step**2 + 0.06 * small**2) ** 0.5]
    np.testing.assert_allclose(sigma_of([100, 110, 112.2, 500]), expected)


def test_what_is_rejected_or_only_confirmed_leaves_sigma_alone():
    calm = [100, 101, 100, 101]
    expected = np.log(1.01)
    np.testing.assert_allclose(sigma_of([*calm, 1000, 100, 500, 500, 500])[2:], expected)


@st.composite
def deliveries(draw):
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=25))
    levels = st.one_of(st.just(NAN), st.floats(90, 110), st.sampled_from([0.0, 1.0, 10_000.0, 50.0]))
    return draw(arrays(float, shape, elements=levels))


def walk(closes, floor, sigmas):
    """The same rule for one symbol, written down as a person would apply it."""
    delivered, accepted, variance, answers = None, None, None, []
    for close in closes:
        sigma = NAN if variance is None else variance**0.5
        if not close > 0:
            answers.append((NAN, sigma))
            continue
        if delivered is None:
            answers.append((NAN, sigma))
            delivered = accepted = close
            continue
        reference = min((delivered, accepted), key=lambda known: abs(np.log(close / known)))
        answers.append((reference, sigma))
        if abs(close / reference - 1) <= (floor if variance is None else max(floor, sigmas * sigma)):
            if reference == accepted:
                square = np.log(close / accepted) ** 2
                variance = square if variance is None else 0.94 * variance + 0.06 * square
            accepted = close
        delivered = close
    return np.array(answers).T


@given(deliveries())
def test_every_symbol_walks_alone(closes):
    reference, sigma = references(closes, 0.25, 8.0)
    for column in range(closes.shape[1]):
        expected = walk(closes[:, column], 0.25, 8.0)
        np.testing.assert_array_equal(reference[:, column], expected[0])
        np.testing.assert_allclose(sigma[:, column], expected[1], rtol=1e-9)


@given(deliveries(), st.integers(1, 25))
def test_later_closes_change_nothing(closes, cut):
    for whole, before in zip(references(closes, 0.25, 8.0), references(closes[:cut], 0.25, 8.0), strict=True):
        np.testing.assert_array_equal(whole[:cut], before)


@pytest.fixture(scope="module")
def funds(shared_data):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet")
    return bars.pivot_table(index="session", columns="symbol", values="adj_close").to_numpy()


def broken(closes):
    reference, sigma = references(closes, 0.25, 8.0)
    return np.abs(closes / reference - 1) > np.fmax(0.25, 8 * sigma)


def test_no_real_close_of_21_funds_in_three_decades_is_condemned(funds):
    assert np.isfinite(references(funds, 0.25, 8.0)[0]).sum() == np.isfinite(funds).sum() - 21
    assert not broken(funds).any()


def test_unit_errors_in_real_histories_are_found_and_nothing_else(funds):
    spoilt = funds.copy()
    rows = np.arange(510, len(funds), 97)
    spoilt[rows] *= 100
    known = np.isfinite(spoilt[rows])
    found = broken(spoilt)
    np.testing.assert_array_equal(found[rows] | ~known, np.ones(known.shape, dtype=bool))
    assert found.sum() == known.sum()
