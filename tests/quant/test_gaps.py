import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.market.gaps import LONGEST, begins, measurable, missing, unexplained
from quant.risk.measures import backcast, backcast_drawdown, complete, historical_var, reach, together
from quant.volatility import ewma
from tests.quant.panels import panel_of

BOUND = (0.25, 8.0)
NAN = np.nan
ALL = np.array([True])


def walk(count, level=100.0, seed=1):
    return level * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, count)))


def holed(closes, *rows):
    closes = closes.copy()
    closes[[*rows]] = NAN
    return closes


def test_nothing_is_missing_before_the_first_close():
    closes = np.array([[NAN, 1.0], [2.0, NAN], [NAN, 0.0], [3.0, 4.0]])
    np.testing.assert_array_equal(
        missing(closes), [[False, False], [False, True], [True, True], [False, False]]
    )


def test_a_history_with_a_few_gaps_is_measured_whole():
    panel = panel_of(holed(walk(200), 50, 51, 120))
    assert measurable(panel, *BOUND) is panel
    assert begins(panel, *BOUND)[1] == [None]


@pytest.mark.parametrize("factor", [0.5, 1.4, 10.0])
def test_a_jump_behind_a_gap_begins_another_history(factor):
    """As a reused ticker: what is measured is what the new security alone gives."""
    old, new = holed(walk(100), 95, 96, 97, 98, 99), walk(60, 100 * factor, seed=2)
    panel = measurable(panel_of(np.r_[old, new]), *BOUND)
    alone = ewma.annualised(panel_of(new), ewma.Parameters())
    np.testing.assert_allclose(ewma.annualised(panel, ewma.Parameters()), alone, rtol=1e-12)
    assert begins(panel_of(np.r_[old, new]), *BOUND)[1] == ["jump"]


def test_a_jump_without_a_gap_was_accepted_and_is_a_return():
    assert not unexplained(np.r_[walk(50), walk(50, 40.0)][:, None], *BOUND).any()


def test_a_move_behind_a_gap_is_judged_by_the_volatility_before_it():
    wild = 100 * np.exp(np.cumsum(np.resize([0.2, -0.2], 60)))
    for closes, beyond in ((np.r_[wild, NAN, wild[-1] * 1.9], False), (np.r_[walk(60), NAN, 190.0], True)):
        assert unexplained(closes[:, None], *BOUND)[-1, 0] == beyond


@pytest.mark.parametrize(("length", "reason"), [(LONGEST, None), (LONGEST + 1, "gap")])
def test_a_month_without_prices_begins_another_history(length, reason):
    closes = holed(walk(300), *range(100, 100 + length))
    rows, reasons = begins(panel_of(closes), *BOUND)
    assert reasons == [reason]
    assert rows[0] == (100 + length if reason else 0)


@given(st.integers(2, 7), st.integers(0, 6))
def test_rows_of_weeks_are_no_history(step, offset):
    closes = np.full(200, NAN)
    closes[offset::step] = walk(200)[offset::step]
    panel = measurable(panel_of(closes), *BOUND)
    assert np.count_nonzero(~np.isnan(panel.close)) <= 1
    assert begins(panel_of(closes), *BOUND)[1] == ["sparse"]


def test_a_history_that_has_ended_is_none():
    closes = holed(walk(200), *range(170, 200))
    assert begins(panel_of(closes), *BOUND)[0][0] == 200
    assert np.isnan(measurable(panel_of(closes), *BOUND).close).all()


def test_the_return_after_a_gap_runs_over_it_for_every_symbol():
    returns = np.array([[0.1, 0.0], [NAN, 0.1], [0.3, 0.1], [0.0, 0.2]])
    spanned = together(returns, np.array([True, True]))
    np.testing.assert_allclose(spanned[[0, 2, 3]], [[0.1, 0.0], [0.3, 0.21], [0.0, 0.2]])
    assert together(returns[2:], np.array([True, True])) is not None
    np.testing.assert_allclose(backcast(np.array([0.5, 0.5]), returns[[0, 2, 3]], 3), [0.05, 0.2, 0.1])


def test_a_fall_within_a_gap_is_in_the_drawdown():
    returns = np.full((300, 1), 0.001)
    returns[200], returns[201] = NAN, -0.3
    assert backcast_drawdown(np.array([1.0]), returns) == pytest.approx(0.3)


@pytest.mark.parametrize(("missing", "known"), [(55, True), (56, False)])
def test_a_backcast_with_more_than_a_tenth_missing_is_unknown(missing, known):
    assert reach(500) == 555
    returns = np.random.default_rng(3).normal(0, 0.01, (500 + missing, 1))
    returns[100 : 100 + missing] = NAN
    assert np.isfinite(historical_var(np.array([1.0]), returns)) == known
    assert len(complete(returns, ALL, 500)) == (500 if known else 400)
