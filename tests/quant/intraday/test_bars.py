"""The buffer: each bar once, in order, whatever the order of arrival."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.intraday.bars import CLOSE, SPLIT, VOLUME, Bars, Buffer

SYMBOLS = 3


def bars(*rows):
    """Rows of (symbol, minute, close, volume), open to low as the close."""
    symbol, minute, close, volume = (np.array(column) for column in zip(*rows, strict=True))
    prices = [close.astype(float)] * 4
    values = np.array([*prices, volume.astype(float), np.full(len(close), np.nan)])
    return Bars(symbol.astype(np.intp), minute.astype(np.intp), values)


row = st.tuples(
    st.integers(0, SYMBOLS - 1),
    st.integers(0, 6),
    st.integers(1, 3),
    st.one_of(st.integers(0, 3), st.just(np.nan)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(row, min_size=1, max_size=25), st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_arrival_does_not_matter(rows, random, chunks):
    def released(order):
        buffer = Buffer.empty(SYMBOLS, minutes=7)
        for part in np.array_split(np.arange(len(order)), chunks):
            if len(part):
                buffer.offer(bars(*(order[index] for index in part)))
        return [buffer.release() for _ in range(7)]

    shuffled = rows.copy()
    random.shuffle(shuffled)
    for one, other in zip(released(rows), released(shuffled), strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=40, deadline=None)
@given(st.lists(row, min_size=1, max_size=25))
def test_every_row_is_counted_once_and_each_bar_comes_out_once(rows):
    buffer = Buffer.empty(SYMBOLS, minutes=4)
    buffer.release()
    counts = buffer.offer(bars(*rows))
    assert counts.taken + counts.repeated + counts.late + counts.ahead + counts.invalid == len(rows)
    assert counts.late == sum(minute < 1 for _, minute, _, _ in rows)
    assert counts.ahead == sum(minute > 4 for _, minute, _, _ in rows)
    known = {(minute, symbol) for symbol, minute, _, _ in rows if 1 <= minute <= 4}
    assert counts.taken == len(known)
    found = [buffer.release() for _ in range(4)]
    assert {(n + 1, s) for n, one in enumerate(found) for s in np.flatnonzero(~np.isnan(one[CLOSE]))} == known
    assert np.isnan(buffer.values).all()


def test_a_minute_that_grows_is_kept_in_its_fullest_form():
    buffer = Buffer.empty(SYMBOLS)
    assert buffer.offer(bars((0, 0, 10, 100))).taken == 1
    assert buffer.offer(bars((0, 0, 11, 300), (0, 0, 9, 200))).taken == 1
    assert buffer.offer(bars((0, 0, 12, 50))).repeated == 1
    released = buffer.release()
    assert (released[CLOSE, 0], released[VOLUME, 0]) == (11, 300)
    assert buffer.offer(bars((0, 0, 10, 999))).late == 1


@pytest.mark.parametrize("price", [np.nan, 0.0, -1.0, np.inf])
def test_a_row_without_four_positive_prices_is_no_bar(price):
    buffer = Buffer.empty(SYMBOLS)
    counts = buffer.offer(bars((0, 0, price, 100)))
    assert (counts.invalid, counts.taken) == (1, 0)
    assert np.isnan(buffer.release()[CLOSE]).all()


def test_a_later_copy_can_bring_the_split():
    buffer = Buffer.empty(SYMBOLS)
    buffer.offer(bars((1, 0, 10, 100)))
    copy = bars((1, 0, 10, 100))
    copy.values[SPLIT] = 2.0
    buffer.offer(copy)
    assert buffer.release()[SPLIT, 1] == 2.0


def test_a_session_begins_empty():
    buffer = Buffer.empty(SYMBOLS)
    buffer.offer(bars((0, 0, 10, 1), (0, 3, 10, 1)))
    buffer.release()
    buffer.reset()
    assert buffer.due == 0
    assert np.isnan(buffer.values).all()
