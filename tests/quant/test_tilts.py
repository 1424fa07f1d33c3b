import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.tilts import MILLION, limits, projected, settled

COUNT = st.integers(1, 6)


@st.composite
def cases(draw):
    """Strategic weights that sum to 1, a tilt for each, and what a model wants."""
    count = draw(COUNT)
    shares = np.array(draw(st.lists(st.integers(0, 100), min_size=count, max_size=count))) + 0.0
    shares[0] += 1
    tilt = np.array(draw(st.lists(st.floats(0, 1), min_size=count, max_size=count)))
    wanted = np.array(draw(st.lists(st.floats(-1, 2), min_size=count, max_size=count)))
    return shares / shares.sum(), tilt, wanted


@given(cases(), st.booleans())
@settings(max_examples=60)
def test_weights_are_inside_their_limits_and_sum_to_what_they_should(case, invested):
    strategic, tilt, wanted = case
    before = wanted.copy()
    found = settled(wanted, strategic, tilt, invested=invested)
    lower, upper = limits(strategic, tilt)
    assert (found >= lower - 1e-12).all()
    assert (found <= upper + 1e-12).all()
    if invested:
        assert abs(found.sum() - strategic.sum()) < 1e-12
    else:
        assert (found <= strategic).all()
    departures = (found - strategic) * MILLION
    np.testing.assert_allclose(departures, np.rint(departures), atol=1e-4)
    np.testing.assert_array_equal(wanted, before)


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_no_other_weights_inside_are_nearer(case, random):
    """Moving a little from one to another, where the limits let it, leads away from what is wanted."""
    strategic, tilt, wanted = case
    lower, upper = limits(strategic, tilt)
    found = projected(wanted, lower, upper, strategic.sum())
    assert abs(found.sum() - strategic.sum()) < 1e-9
    distance = np.sum((found - wanted) ** 2)
    for _ in range(10):
        giver, taker = random.randrange(len(found)), random.randrange(len(found))
        moved = min(found[giver] - lower[giver], upper[taker] - found[taker], 0.01)
        other = found.copy()
        other[giver] -= moved
        other[taker] += moved
        assert np.sum((other - wanted) ** 2) >= distance - 1e-9


def test_what_is_already_inside_stays():
    wanted = np.array([0.42, 0.33, 0.25])
    found = settled(wanted, np.array([0.4, 0.4, 0.2]), np.full(3, 0.1), invested=True)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_the_excess_is_taken_by_those_with_room():
    """By hand: the first is cut to 0.5, the 0.3 that it lacks is shared by the others, 0.15 each."""
    found = projected(np.array([0.8, 0.1, 0.1]), np.zeros(3), np.array([0.5, 1.0, 1.0]), 1.0)
    np.testing.assert_allclose(found, [0.5, 0.25, 0.25], atol=1e-12)


def test_a_third_stays_a_third_where_nothing_may_move():
    strategic = np.full(3, 1 / 3)
    found = settled(np.array([1.0, 0.0, 0.0]), strategic, np.zeros(3), invested=True)
    assert found.tolist() == strategic.tolist()
