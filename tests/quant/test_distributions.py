"""Whether a dividend contains the gain beside it: the price's fall decides, else the vendor's convention."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.actions.distributions import contains_gains

ROWS, EX = 60, 40


def history(seed, *, fell, daily=0.006, ex=EX):
    """A random walk from 100 that falls by `fell` of the close before on `ex`, beside its market's move."""
    moves = np.random.default_rng(seed).normal(0, daily, ROWS).clip(-2 * daily, 2 * daily)
    moves[ex] += np.log1p(-fell)
    return 100 * np.exp(moves.cumsum())


def told(closes, shares, ex=EX):
    """A payout of a share of the close before, on its ex-date."""
    paid = np.zeros(len(closes))
    paid[ex] = shares * closes[ex - 1]
    return paid


def asked(closes, dividend, gain, convention):
    found = contains_gains(closes, closes, told(closes, dividend), told(closes, gain), convention=convention)
    assert found.sum() == found[EX]
    return bool(found[EX])


@given(st.integers(0, 10_000), st.floats(0.06, 0.3), st.floats(0.0, 0.1), st.booleans())
def test_the_fall_of_the_price_decides_whatever_the_convention(seed, gain, more, convention):
    whole = gain + more
    assert asked(history(seed, fell=whole), whole, gain, convention)
    assert not asked(history(seed, fell=whole + gain), whole, gain, convention)


@pytest.mark.parametrize("convention", [True, False])
def test_a_gain_within_the_noise_follows_the_convention(convention):
    for fell in (0.004, 0.006):
        assert asked(history(7, fell=fell), 0.004, 0.002, convention) is convention


@pytest.mark.parametrize("convention", [True, False])
def test_a_dividend_below_its_gain_contains_none(convention):
    assert not asked(history(1, fell=0.02), 0.005, 0.015, convention)


@pytest.mark.parametrize("convention", [True, False])
def test_a_crash_on_the_ex_date_tells_nothing(convention):
    assert asked(history(2, fell=0.35), 0.06, 0.03, convention) is convention


@pytest.mark.parametrize("convention", [True, False])
@pytest.mark.parametrize("contained", [True, False])
def test_a_clear_row_decides_for_an_unclear_one_of_the_same_history(contained, convention):
    clear, unclear = 20, 45
    closes = history(3, fell=0.1 if contained else 0.18, ex=clear)
    dividends = told(closes, 0.1, clear) + told(closes, 0.001, unclear)
    gains = told(closes, 0.08, clear) + told(closes, 0.001, unclear)
    found = contains_gains(closes, closes, dividends, gains, convention=convention)
    assert found[[clear, unclear]].tolist() == [contained, contained]


def test_without_a_price_the_convention_is_believed():
    nothing = np.full(3, np.nan)
    paid = np.array([0.0, 1.0, 0.0])
    assert contains_gains(nothing, nothing, paid, paid, convention=True).tolist() == [False, True, False]
    assert not contains_gains(nothing, nothing, paid, paid, convention=False).any()
