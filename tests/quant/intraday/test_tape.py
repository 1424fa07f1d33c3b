"""The tape: what is known after each minute, against plain definitions, and that a kill changes nothing."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.intraday.tape import Minute, Tape
from tests.quant.intraday.market import played, tape, values

path = st.lists(
    st.lists(st.one_of(st.floats(50, 150), st.just(np.nan)), min_size=3, max_size=3), min_size=2, max_size=20
)


def same(one, other, rtol=0.0):
    for field in fields(Minute):
        np.testing.assert_allclose(
            getattr(one, field.name), getattr(other, field.name), rtol=rtol, atol=rtol, err_msg=field.name
        )


def test_a_fall_is_measured_from_peak_to_trough_over_five_minutes():
    minutes = played([100, 100, 100, 99, 98, 97, 96, 95, 95, 95])
    assert minutes[7].fall[0] == pytest.approx(95 / 100 - 1)  # the close five minutes before
    assert minutes[8].fall[0] == pytest.approx(95 / 99 - 1)
    assert minutes[7].mean[0] == pytest.approx((100 + 99 + 98 + 97 + 96) / 5)
    assert minutes[7].below[0] == pytest.approx(95 / 98 - 1)


def test_the_high_of_the_same_minute_may_have_come_after_its_low():
    state = tape()
    state.advance(values([100.0]))
    minute = state.advance(values([100.0], high=120.0, low=99.0))
    assert minute.fall[0] == pytest.approx(-0.01)
    assert state.advance(values([100.0])).fall[0] == pytest.approx(100 / 120 - 1)


def test_a_missing_minute_is_no_fall_and_its_price_is_carried():
    minutes = played([100, np.nan, np.nan, 94])
    assert np.isnan([minutes[1].fall, minutes[1].below, minutes[1].log_return]).all()
    assert (minutes[2].price[0], minutes[2].before[0]) == (100, 100)
    assert minutes[3].gap[0] == 3
    assert minutes[3].scaled[0] == pytest.approx(np.log(0.94) / np.sqrt(3))
    assert minutes[3].fall[0] == pytest.approx(-0.06)


def test_a_session_begins_with_its_own_first_price():
    first, second = played([80, 80], previous=100.0)
    assert (first.fall[0], first.below[0], first.peak[0]) == (0, 0, 80)
    assert np.isnan(first.log_return[0])
    assert second.previous_close[0] == 100


def test_the_last_close_counts_where_the_session_has_no_five_prices_yet():
    minutes = played([110, 111, 112, 113, 114, 115, 116], previous=100.0)
    assert [one.middle[0] for one in minutes] == [110, 100, 110, 110, 111, 112, 113]
    assert played([110, 111], previous=np.nan)[1].middle[0] == 110


def test_a_split_is_no_fall():
    state = tape(previous=100.0)
    state.advance(values([100.0]))
    minute = state.advance(values([50.0], split=2.0))
    assert (minute.fall[0], minute.below[0], minute.log_return[0]) == (0, 0, 0)
    assert (minute.previous_close[0], minute.split[0]) == (50, 2)


def test_returns_are_divided_by_the_time_of_day():
    minute = played([100, 99], curve=np.array([1.0, 2.0]))[1]
    assert minute.scaled[0] == pytest.approx(np.log(0.99) / 2)
    assert (minute.left, minute.length) == (0, 2)


@settings(max_examples=15, deadline=None)
@given(path, st.integers(1, 19))
def test_a_kill_anywhere_changes_nothing(closes, cut):
    through, stopped = tape(3), tape(3)
    for number, row in enumerate(closes):
        if number == cut:
            stopped = Tape.restore(stopped.save())
        same(through.advance(values(row)), stopped.advance(values(row)))


@settings(max_examples=15, deadline=None)
@given(path)
def test_memory_does_not_grow(closes):
    state = tape(3)
    before = {name: array.nbytes for name, array in state.save().items()}
    for row in closes:
        state.advance(values(row))
    assert {name: array.nbytes for name, array in state.save().items()} == before


@settings(max_examples=15, deadline=None)
@given(path, st.permutations(range(3)), st.sampled_from([0.001, 0.5, 7.3]))
def test_neither_the_order_of_symbols_nor_the_unit_of_price_matters(closes, order, unit):
    closes = np.array(closes)
    for one, other in zip(played(closes), played(closes[:, order] * unit), strict=True):
        for name in ("fall", "below", "log_return", "scaled", "gap"):
            np.testing.assert_allclose(
                getattr(one, name)[list(order)], getattr(other, name), rtol=1e-9, atol=1e-9, err_msg=name
            )
